// Package admin lets a person ask and steer a running daemon.
//
// [Server] answers HTTP with JSON on a unix socket that only its owner may open:
//
//	GET  /v1/status   engine.Status
//	GET  /metrics     figures as text for Prometheus
//	POST /v1/reload   {"errors": [...]}; empty if every policy is in force
//	POST /v1/order    engine.Order; {"servers": [engine.Ordered]}, or 400 and why not
//	POST /v1/report   engine.Report; {"reached": [...]}, or 400 and why not
//
// [Client] is the other end. The server owns its socket file: it takes over
// one that nobody answers on, refuses one that somebody does, and removes it at
// the end.
package admin
