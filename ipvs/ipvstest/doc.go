// Package ipvstest is test support for package ipvs and for those who use it.
//
// [Conformance] asks a kernel, or a model of it, what the tables in scripts.go
// say that Linux answers: the same run against both keeps the model honest.
// Namespace, with the build tag kernel, gives a test a network namespace.
//
// The package owns nothing: every test opens its own table and drops it.
package ipvstest
