package session

import (
	"context"
	"errors"
	"slices"
)

// owned asks every backend that finds sessions by their owner, the new one
// first.
func (k *migrateKeeper) owned(ctx context.Context, owner string) ([]Loaded, error) {
	var all []Loaded
	seen := make(map[string]bool)
	asked := false
	for i, each := range append([]Keeper{k.Keeper}, k.old...) {
		o, ok := each.(ownerKeeper)
		if !ok {
			continue
		}
		asked = true
		found, err := o.owned(ctx, owner)
		if err != nil {
			return nil, err
		}
		for _, one := range found {
			if seen[one.Record.ID()] {
				continue // a copy
			}
			seen[one.Record.ID()] = true
			if i > 0 {
				one = k.adopt(i-1, one, "")
			}
			all = append(all, one)
		}
	}
	if !asked {
		return nil, errNoOwners
	}
	return all, nil
}

func (k *migrateKeeper) signOut(ctx context.Context, owner string, except []string) (int, error) {
	found, err := k.owned(ctx, owner)
	if err != nil {
		return 0, err
	}
	ended := 0
	for _, one := range found {
		if !slices.Contains(except, one.Record.ID()) {
			ended++
		}
	}
	var errs []error
	for _, each := range append([]Keeper{k.Keeper}, k.old...) {
		if o, ok := each.(ownerKeeper); ok {
			_, err := o.signOut(ctx, owner, except)
			errs = append(errs, err)
		}
	}
	return ended, errors.Join(errs...)
}

func (k *migrateKeeper) signOutOne(ctx context.Context, owner, id string) (bool, error) {
	ended, asked := false, false
	var errs []error
	for _, each := range append([]Keeper{k.Keeper}, k.old...) {
		if o, ok := each.(ownerKeeper); ok {
			one, err := o.signOutOne(ctx, owner, id)
			ended, asked, errs = ended || one, true, append(errs, err)
		}
	}
	if !asked {
		return false, errNoOwners
	}
	return ended, errors.Join(errs...)
}
