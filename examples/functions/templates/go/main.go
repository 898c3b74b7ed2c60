// Command function counts words: text on standard input, JSON on standard output, log on standard error.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
)

type answer struct {
	Words     int `json:"words"`
	Different int `json:"different"`
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "function:", err)
		os.Exit(1)
	}
}

func run(from io.Reader, to io.Writer) error {
	text, err := io.ReadAll(from)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "%d bytes came\n", len(text))
	words := strings.FieldsFunc(strings.ToLower(string(text)), func(letter rune) bool {
		return !unicode.IsLetter(letter) && !unicode.IsNumber(letter)
	})
	different := make(map[string]bool)
	for _, word := range words {
		different[word] = true
	}
	return json.NewEncoder(to).Encode(answer{len(words), len(different)})
}
