# Counts lines, words and bytes: text on standard input, JSON on standard output, log on standard error.
set -eu
counts=$(wc)
echo "counted:$counts" >&2
set -- $counts
printf '{"lines": %d, "words": %d, "bytes": %d}\n' "$1" "$2" "$3"
