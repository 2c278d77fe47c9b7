package rdb

import (
	"context"

	"github.com/redis/go-redis/v9"

	"waybill/store"
)

// Account finds a person of the staff. NotFound when nobody has this login.
func (s *Store) Account(ctx context.Context, login string) (store.Account, error) {
	missing := store.Errorf(store.NotFound, "There is no account %s.", short(login))
	if !store.ValidID(login) {
		return store.Account{}, missing
	}
	fields, err := s.client.HGetAll(ctx, s.keyAccount(login)).Result()
	if err != nil {
		return store.Account{}, wrap("account", err)
	}
	if len(fields) == 0 {
		return store.Account{}, missing
	}
	return decodeAccount(login, fields), nil
}

// Accounts lists all people of the staff, by login.
func (s *Store) Accounts(ctx context.Context) ([]store.Account, error) {
	logins, err := s.client.SMembers(ctx, s.keyAccounts()).Result()
	if err != nil {
		return nil, wrap("accounts", err)
	}
	hashes := map[string]*redis.MapStringStringCmd{}
	commands, err := s.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for _, login := range logins {
			hashes[login] = p.HGetAll(ctx, s.keyAccount(login))
		}
		return nil
	})
	if err := failed(commands, err); err != nil {
		return nil, wrap("accounts", err)
	}
	var accounts []store.Account
	for _, login := range sortedKeys(hashes) {
		if fields := hashes[login].Val(); len(fields) > 0 {
			accounts = append(accounts, decodeAccount(login, fields))
		}
	}
	return accounts, nil
}

// SaveAccount adds a person, or changes what is known of them. Keys: account:<login>, accounts.
func (s *Store) SaveAccount(ctx context.Context, a store.Account) error {
	if !store.ValidID(a.Login) {
		return store.Errorf(store.Invalid, "A login has letters, digits, dots and dashes, 64 at the most.")
	}
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.SAdd(ctx, s.keyAccounts(), a.Login)
		p.HSet(ctx, s.keyAccount(a.Login), map[string]any{"name": a.Name, "role": string(a.Role), "warehouse": a.Warehouse, "hash": a.Hash})
		return nil
	})
	return wrap("save account", err)
}

// DeleteAccount removes a person. Histories keep the name that they had. Repeating it changes nothing.
func (s *Store) DeleteAccount(ctx context.Context, login string) error {
	_, err := s.client.TxPipelined(ctx, func(p redis.Pipeliner) error {
		p.SRem(ctx, s.keyAccounts(), login)
		p.Del(ctx, s.keyAccount(login))
		return nil
	})
	return wrap("delete account", err)
}

func decodeAccount(login string, h map[string]string) store.Account {
	return store.Account{Login: login, Name: h["name"], Role: store.Role(h["role"]), Warehouse: h["warehouse"], Hash: h["hash"]}
}
