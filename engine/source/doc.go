// Package source has the places outside that say which servers belong to a
// service: files, name servers and HTTP endpoints.
//
// Each is an [engine.Source]. None keeps a list: what was answered last is the
// engine's, which also decides what becomes of an answer that cannot be used.
// An [HTTP] remembers its last answer for the server that says it has not
// changed. Every answer is limited to a size, and every question ends with its
// context.
package source
