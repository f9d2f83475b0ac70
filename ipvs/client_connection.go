package ipvs

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
)

// maxConnectionLine bounds a line: persistence engines have 255 bytes of data.
const maxConnectionLine = 4096

// Connections lists the connections that the filter wants, in the kernel's
// order, as it reads them: memory is bounded, however many there are. The
// first error is the last thing that it yields; ErrUnavailable without IPVS.
//
// The kernel counts its way through the table for every 4 KB. So the work grows
// with the square of the table, and while it is read others may be listed twice
// or not at all. The calling thread must be in the network namespace that was
// dialled when the loop begins.
func (c *Client) Connections(filter ConnectionFilter) iter.Seq2[Connection, error] {
	const op = "list connections"
	return func(yield func(Connection, error) bool) {
		if f := filter.fault(); f != nil {
			yield(Connection{}, f.error(op))
			return
		}
		file, err := c.proc.open(connectionFile, os.O_RDONLY)
		if errors.Is(err, fs.ErrNotExist) {
			yield(Connection{}, unavailable(op))
			return
		}
		if err != nil {
			yield(Connection{}, unanswered(op, err))
			return
		}
		defer file.Close()
		for connection, err := range readConnections(file) {
			if err != nil {
				yield(Connection{}, unanswered(op, err))
				return
			}
			if filter.Matches(connection) && !yield(connection, nil) {
				return
			}
		}
	}
}

// readConnections reads the text of the file, heading first, and ends with the
// first error.
func readConnections(r io.Reader) iter.Seq2[Connection, error] {
	return func(yield func(Connection, error) bool) {
		lines := bufio.NewReaderSize(r, maxConnectionLine)
		for n := 1; ; n++ {
			line, err := lines.ReadSlice('\n')
			if err == io.EOF && len(line) == 0 && n > 1 {
				return
			}
			if err != nil && err != io.EOF {
				yield(Connection{}, fmt.Errorf("line %d: %w", n, err))
				return
			}
			line = bytes.TrimSuffix(line, []byte("\n"))
			if n == 1 {
				if !bytes.HasPrefix(line, []byte("Pro FromIP")) {
					yield(Connection{}, fmt.Errorf("line 1: %q is not the heading", line))
					return
				}
				continue
			}
			connection, err := parseConnection(line)
			if err != nil {
				yield(Connection{}, fmt.Errorf("line %d: %w", n, err))
				return
			}
			if !yield(connection, nil) {
				return
			}
		}
	}
}
