// Command attack is what the doctor runs inside a sandbox: each of its attacks tries one way out, or one way to take
// more than was given. It prints "held" and nothing else where all that it tried was refused. docs/reference/sandbox.md
// lists the attacks; chainfaas/provider/doctor says which way each is started and how it has to end.
package main

import (
	"os"
	"strconv"
)

const (
	exitBreach = 3
	exitUsage  = 64
)

// breaches is what got through.
var breaches int

// breach notes something that should have been refused, for the doctor to show.
func breach(words ...string) {
	breaches++
	line := "got through:"
	for _, word := range words {
		line += " " + word
	}
	_, _ = os.Stderr.WriteString(line + "\n")
}

// refused notes a breach unless an action failed.
func refused(action string, err error) {
	if err == nil {
		breach(action)
	}
}

func main() {
	if len(os.Args) < 2 {
		os.Exit(exitUsage)
	}
	attack, known := attacks[os.Args[1]]
	if !known {
		_, _ = os.Stderr.WriteString("there is no attack " + os.Args[1] + "\n")
		os.Exit(exitUsage)
	}
	attack(os.Args[2:])
	if breaches > 0 {
		os.Exit(exitBreach)
	}
	_, _ = os.Stdout.WriteString("held\n")
}

// number reads an argument that the doctor wrote.
func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil {
		_, _ = os.Stderr.WriteString(text + " is no number\n")
		os.Exit(exitUsage)
	}
	return value
}
