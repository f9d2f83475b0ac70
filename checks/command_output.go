package checks

// A head keeps the first bytes of what is written to it and counts the rest.
type head struct {
	kept  []byte
	limit int
	rest  int64
}

func newHead(limit int) *head {
	if limit == 0 {
		limit = DefaultLimit
	}
	return &head{limit: limit}
}

// Write implements [io.Writer]. It never fails: a program that writes more
// than we keep is not disturbed.
func (h *head) Write(p []byte) (int, error) {
	keep := min(len(p), h.limit-len(h.kept))
	h.kept = append(h.kept, p[:keep]...)
	h.rest += int64(len(p) - keep)
	return len(p), nil
}
