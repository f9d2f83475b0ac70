// Package syntax turns the text of a policy into a chunk that the VM can run,
// and tells people what is wrong with a text that it cannot.
//
// [Parse] has four steps. The first two find all mistakes; the others see only
// what has none:
//
//   - scan: text to tokens, with line and column;
//   - grammar: a recursive descent over the tokens. It builds no tree of the
//     program; it finds mistakes while it knows what was being read, which
//     bracket is open, and where, and it notes where the fields of table
//     constructors stand; behind a mistake it goes on where that is safe
//     (recover.go);
//   - normalise: gopher-lua's parser makes the syntax tree, which is rewritten
//     where gopher-lua would compile it wrongly;
//   - compile.
//
// Of all that, a Chunk keeps the code, and what is to be judged of it. Where a
// field stands ([Chunk.FieldLine]) is asked for mistakes alone, and is found out
// then, by going through the text again.
//
// The language is Lua 5.1 with goto. A Chunk is immutable and may be shared.
package syntax
