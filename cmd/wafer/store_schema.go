package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/store/sqlstore"
)

func newStoreSchema() *cobra.Command {
	cmd := command("store-schema")
	table := cmd.Flags().String("table", sqlstore.DefaultTable, "the table's `NAME`")
	cmd.Args = atMostOne("dialect", "give sqlite, postgres or mysql")
	cmd.ValidArgsFunction = cobra.FixedCompletions([]string{"sqlite", "postgres", "mysql"}, cobra.ShellCompDirectiveNoFileComp)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) == 0 {
			return misuse("no dialect given; expected sqlite, postgres or mysql")
		}
		dialect, ok := stores.Dialect(args[0])
		if !ok {
			return misuse("unknown dialect %q; expected sqlite, postgres or mysql", stores.Shown(args[0]))
		}
		statements, err := dialect.Schema(*table)
		if err != nil {
			return misuse("%w", err)
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s;\n", strings.Join(statements, ";\n\n"))
		return nil
	}
	return cmd
}

func newStoreMigrate() *cobra.Command {
	cmd := command("store-migrate")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		l, err := onlyStore(args)
		if err != nil {
			return err
		}
		ctx, stop := untilInterrupted()
		defer stop()
		ctx, cancel := context.WithTimeout(ctx, migrateTimeout)
		defer cancel()
		needed, err := l.Migrate(ctx)
		if err != nil {
			return err
		}
		text := "%s is up to date\n"
		if !needed {
			text = "%s needs no table\n"
		}
		fmt.Fprintf(cmd.OutOrStdout(), text, l)
		return nil
	}
	return cmd
}
