//go:build kernel

package ipvs_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"luavs/ipvs"
)

func TestKernelAnswersThatOverflowLeaveDoubt(t *testing.T) { ipvs.OverflowAnswers(t, dial(t)) }

func TestKernelAnswersOfAFailedBatchFit(t *testing.T) { ipvs.FillAnswers(t, dial(t)) }

func TestKernelTrapsThatAreNotSent(t *testing.T) { ipvs.SendTraps(t, dial(t)) }

func TestKernelSilenceMeansThatTheDaemonStopped(t *testing.T) { ipvs.SilentDaemons(t, dial(t)) }

// TestKernelListsWhatStaysWhileOthersChangeTheTable reads a service of 1,000
// destinations while another client adds and deletes others in it, and whole
// services. What stays must be in every answer, once.
func TestKernelListsWhatStaysWhileOthersChangeTheTable(t *testing.T) {
	c := dial(t)
	other, err := ipvs.Dial()
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	const stays = 1000
	changes := many(2 * stays)
	key := changes[0].Service.ServiceKey
	if errs := c.Apply(changes[:stays+1]); errs != nil {
		t.Fatal(errors.Join(errs...))
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		coming := changes[stays+1:]
		going := slices.Clone(coming)
		for i := range going {
			going[i].Op = ipvs.DelDestination
		}
		for i := 0; ; i = (i + 1) % (stays - 10) {
			select {
			case <-stop:
				return
			default:
				other.Apply(append(coming[i:i+10:i+10], table(3, 1)...))
				other.Apply(append(going[i:i+10:i+10], ipvs.Change{Op: ipvs.DelService, Service: table(1, 0)[0].Service}))
			}
		}
	}()
	whole, unsettled := 0, 0
	for range 60 {
		list, err := c.Destinations(key)
		if err == nil {
			err = holds(list, changes[1:stays+1])
		} else if list == nil { // it says that it does not know
			unsettled++
			continue
		}
		if err != nil {
			t.Error(err)
		}
		whole++
	}
	close(stop)
	<-stopped
	t.Logf("%d lists, and %d that did not settle", whole, unsettled)
	list, err := c.Destinations(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := holds(list, changes[1:stays+1]); err != nil {
		t.Error(err)
	}
}

// holds says if the list has each destination of the changes, and none twice.
func holds(list []ipvs.DestinationEntry, want []ipvs.Change) error {
	have := map[ipvs.Destination]bool{}
	for _, d := range list {
		if have[d.Destination] {
			return fmt.Errorf("%v is twice in the list", d.Addr)
		}
		have[d.Destination] = true
	}
	for _, c := range want {
		if !have[c.Destination] {
			return fmt.Errorf("%v is not in the list", c.Destination.Addr)
		}
	}
	return nil
}
