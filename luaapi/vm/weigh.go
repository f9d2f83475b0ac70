package vm

import (
	"unsafe"

	lua "github.com/yuin/gopher-lua"
)

// What values take, in bytes, with what Go adds to them.
const (
	tableSize    = 96
	slotSize     = 16  // a value in an array or on a stack
	entrySize    = 112 // of a table with keys: in the map, in the order and back
	keySize      = 16  // a key that was deleted keeps its place
	functionSize = 80
	upvalueSize  = 64
	userdataSize = 64
	threadSize   = 1 << 10
	numberSize   = 8
	textSize     = 16      // of a string, besides its bytes
	depthSize    = 2 << 10 // a protected call on the stack of a goroutine
)

// A scale adds up what a VM holds, each value once.
type scale struct {
	limit, bytes int
	seen         marks
	unseen       []lua.LValue
}

// A Holder is the value of a userdata that holds Lua values of its own.
type Holder interface{ Held() []lua.LValue }

// weigh returns how many bytes can be reached in the VM, roughly; it does not
// count far past the limit.
func (v *VM) weigh(limit int) int {
	s := &scale{limit: limit, seen: marks{}}
	s.add(v.main.G.Global)
	s.add(v.main.G.Registry)
	for _, value := range v.held {
		s.add(value)
	}
	v.mu.Lock()
	for t := range v.tasks {
		s.addTask(t)
	}
	v.mu.Unlock()
	for len(s.unseen) > 0 && s.bytes <= s.limit {
		last := len(s.unseen) - 1
		value := s.unseen[last]
		s.unseen = s.unseen[:last]
		s.open(value)
	}
	return s.bytes
}

// addTask counts what a task holds. A task itself, about 12 kB, does not count:
// Limits.Tasks bounds those. What it nests does.
func (s *scale) addTask(t *task) {
	for i, th := range t.threads {
		if i < ownThreads {
			s.bytes -= threadSize + stateOptions.RegistrySize*slotSize
		} else {
			s.bytes += depthSize
		}
		s.add(th.l)
	}
}

// ownThreads are the threads that each task has: its own and that of the
// function it calls.
const ownThreads = 2

// add counts a value, and notes it to be opened if it holds others.
func (s *scale) add(v lua.LValue) {
	switch v := v.(type) {
	case lua.LNumber:
		s.bytes += numberSize
	case lua.LString:
		if p := unsafe.StringData(string(v)); len(v) > 0 && s.seen.mark(unsafe.Pointer(p)) {
			s.bytes += textSize + len(v)
		}
	case *lua.LTable:
		s.note(v, unsafe.Pointer(v), tableSize)
	case *lua.LFunction:
		s.note(v, unsafe.Pointer(v), functionSize)
	case *lua.LUserData:
		s.note(v, unsafe.Pointer(v), userdataSize)
	case *lua.LState:
		s.note(v, unsafe.Pointer(v), threadSize)
	}
}

func (s *scale) note(v lua.LValue, p unsafe.Pointer, size int) {
	if p != nil && s.seen.mark(p) {
		s.bytes += size
		s.unseen = append(s.unseen, v)
	}
}

// open counts what a value holds.
func (s *scale) open(v lua.LValue) {
	switch v := v.(type) {
	case *lua.LTable:
		s.openTable(v)
	case *lua.LFunction:
		for _, u := range v.Upvalues {
			s.bytes += upvalueSize
			if u != nil {
				s.add(u.Value())
			}
		}
	case *lua.LUserData:
		s.add(v.Metatable)
		if h, ok := v.Value.(Holder); ok {
			for _, value := range h.Held() {
				s.add(value)
			}
		}
	case *lua.LState:
		s.openThread(v)
	}
}

func (s *scale) openTable(t *lua.LTable) {
	in := insideTable(t)
	s.add(t.Metatable)
	s.bytes += cap(in.array)*slotSize + cap(in.keys)*keySize
	for _, v := range in.array {
		s.add(v)
	}
	for k, v := range in.strdict {
		s.bytes += entrySize
		s.add(lua.LString(k))
		s.add(v)
	}
	for k, v := range in.dict {
		s.bytes += entrySize
		s.add(k)
		s.add(v)
	}
}

func (s *scale) openThread(l *lua.LState) {
	stack := insideThread(l)
	s.bytes += cap(stack) * slotSize
	for _, v := range stack {
		s.add(v)
	}
}

// marks are the addresses that were seen: a bit for every 16 bytes, by page. Go
// does not move what is on the heap.
type marks map[uintptr]*[pageBytes / 16 / 64]uint64

const pageBytes = 8 << 10

// mark marks an address, and tells whether it was not marked before.
func (m marks) mark(p unsafe.Pointer) bool {
	at := uintptr(p)
	page := m[at/pageBytes]
	if page == nil {
		page = new([pageBytes / 16 / 64]uint64)
		m[at/pageBytes] = page
	}
	n := at % pageBytes / 16
	word, bit := &page[n/64], uint64(1)<<(n%64)
	fresh := *word&bit == 0
	*word |= bit
	return fresh
}
