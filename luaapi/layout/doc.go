// Package layout turns numbers and texts into the bytes of a binary protocol,
// and back, as a format in the letters of Lua 5.3's string.pack says. It holds
// no state and knows nothing of Lua's machine: numbers are float64, texts are
// string.
//
// What it leaves out of Lua 5.3 are alignment (! and X) and the sizes that
// depend on the machine (h, i, l, j, n, T without a size).
package layout
