package syntax

import (
	"strconv"

	"github.com/yuin/gopher-lua/ast"
)

// itemsPerFlush is how many entries without a key gopher-lua collects before
// it stores them.
const itemsPerFlush = 50

// table rewrites a table constructor. gopher-lua goes wrong twice: a call as
// the last entry, with a key, is stored as entries without a key, too; and an
// entry with a key that follows 50 without (or 100 ...) stores those again,
// after their registers were used for something else.
func (n *normalizer) table(e *ast.TableExpr) {
	items, keyed := 0, false
	for _, f := range e.Fields {
		f.Value = n.expr(f.Value)
		if f.Key == nil {
			items++
			continue
		}
		keyed = true
		f.Key, f.Value = n.one(f.Key), single(f.Value)
	}
	if items > maxItems {
		n.fail(e, "more than %d entries in one table: read them from a data file", maxItems)
	}
	if keyed && items >= itemsPerFlush {
		e.Fields = numberItems(e.Fields)
	}
}

// numberItems gives all entries from the 50th on their number as key, so that
// gopher-lua never collects 50. The last may have any number of values, for
// which there is no key: then all entries with a key come first, the one case
// where the order of evaluation changes.
func numberItems(fields []*ast.Field) []*ast.Field {
	if last := fields[len(fields)-1]; last.Key == nil && isMulti(last.Value) {
		return keyedFirst(fields)
	}
	items := 0
	for _, f := range fields {
		if f.Key != nil {
			continue
		}
		if items++; items >= itemsPerFlush {
			f.Key = at(&ast.NumberExpr{Value: strconv.Itoa(items)}, f.Value)
			f.Value = single(f.Value)
		}
	}
	return fields
}

func keyedFirst(fields []*ast.Field) []*ast.Field {
	keyed := make([]*ast.Field, 0, len(fields))
	var items []*ast.Field
	for _, f := range fields {
		if f.Key != nil {
			keyed = append(keyed, f)
		} else {
			items = append(items, f)
		}
	}
	return append(keyed, items...)
}
