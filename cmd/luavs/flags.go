package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"
)

// defaultSocket is where the daemon listens and other verbs look for it.
const defaultSocket = "/run/luavs/luavs.sock"

// flags is the flag set of a verb.
type flags struct {
	*flag.FlagSet
	verb verb
}

// newFlags returns the flags of a verb; its usage text goes to w.
func newFlags(v verb, w io.Writer) *flags {
	f := &flags{flag.NewFlagSet(v.name, flag.ContinueOnError), v}
	f.SetOutput(io.Discard)
	f.Usage = func() {
		fmt.Fprintf(w, "usage: luavs %s\n\n%s.\n", strings.TrimSpace(v.name+" [flags] "+v.args), v.about)
		f.SetOutput(w)
		fmt.Fprintln(w, "\nflags:")
		f.PrintDefaults()
		f.SetOutput(io.Discard)
	}
	return f
}

// parse reads the arguments. Flags may stand before and between other words.
func (f *flags) parse(args []string) (words []string, err error) {
	for {
		if err := f.Parse(args); err != nil {
			if err == flag.ErrHelp {
				return nil, err
			}
			return nil, usageError{fmt.Sprintf("%s: %v; luavs %s -h shows the flags", f.verb.name, err, f.verb.name)}
		}
		if f.NArg() == 0 {
			return words, nil
		}
		words = append(words, f.Arg(0))
		args = f.Args()[1:]
	}
}

// paths reads the arguments of a verb that takes at least one path.
func (f *flags) paths(args []string) ([]string, error) {
	words, err := f.parse(args)
	if err == nil && len(words) == 0 {
		err = usageError{fmt.Sprintf("%s: which policy? usage: luavs %s %s", f.verb.name, f.verb.name, f.verb.args)}
	}
	return words, err
}

// nothing reads the arguments of a verb that takes only flags.
func (f *flags) nothing(args []string) error {
	words, err := f.parse(args)
	if err == nil && len(words) > 0 {
		err = usageError{fmt.Sprintf("%s: takes no %q", f.verb.name, words[0])}
	}
	return err
}

// listen adds the flag for the admin socket.
func (f *flags) listen() *string {
	return f.String("listen", defaultSocket, "`path` of the daemon's admin socket")
}

// logFlags are the flags for logging.
type logFlags struct{ format, level *string }

func (f *flags) log() logFlags {
	return logFlags{
		format: f.String("log-format", "text", "`format` of the log: text or json"),
		level:  f.String("log-level", "info", "least `level` that is logged: debug (each check), info, warn or error"),
	}
}

// logger returns a logger that writes to w as the flags say, and does not wait
// for it: it goes by a spool, which is to be ended.
func (f logFlags) logger(w io.Writer) (*slog.Logger, *spool, error) {
	direct, err := f.handler(w)
	if err != nil {
		return nil, nil, err
	}
	s := newSpool(w, func(lost int) error {
		r := slog.NewRecord(time.Now(), slog.LevelWarn, "the log was not read as fast as it was written: lines are lost", 0)
		r.Add("lines", lost)
		return direct.Handle(context.Background(), r)
	})
	spooled, err := f.handler(s)
	return slog.New(spooled), s, err
}

// handler returns a handler that writes to w as the flags say.
func (f logFlags) handler(w io.Writer) (slog.Handler, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(*f.level)); err != nil {
		return nil, usageError{fmt.Sprintf("--log-level: %q is not debug, info, warn or error", *f.level)}
	}
	o := &slog.HandlerOptions{Level: level}
	switch *f.format {
	case "text":
		return slog.NewTextHandler(w, o), nil
	case "json":
		return slog.NewJSONHandler(w, o), nil
	}
	return nil, usageError{fmt.Sprintf("--log-format: %q is not text or json", *f.format)}
}
