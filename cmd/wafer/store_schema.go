package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/wafer-go/wafer/cmd/wafer/internal/stores"
	"github.com/wafer-go/wafer/store/sqlstore"
)

func newStoreSchema() *cobra.Command {
	var table string
	cmd := &cobra.Command{
		Use:   "schema [flags] DIALECT",
		Short: "Print the SQL that makes a store's table",
		Long: `Schema prints the statements that make the table of a store, for those who let
only an administrator run such statements. DIALECT is sqlite, postgres or mysql
(for MariaDB too). With the right to make tables, ` + "`wafer store migrate`" + ` runs them.`,
		Example: `  wafer store schema postgres | psql app
  wafer store schema mysql --table shop_sessions`,
		Args: atMostOne("dialect", "give sqlite, postgres or mysql"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("no dialect given; there are sqlite, postgres, mysql")}
			}
			dialect, ok := stores.Dialect(args[0])
			if !ok {
				return usageError{fmt.Errorf("there is no dialect %q; there are sqlite, postgres, mysql", stores.Redact(args[0]))}
			}
			statements, err := dialect.Schema(table)
			if err != nil {
				return usageError{err}
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s;\n", strings.Join(statements, ";\n\n"))
			return err
		},
	}
	cmd.Flags().StringVar(&table, "table", sqlstore.DefaultTable, "the table's `NAME`")
	return cmd
}

func newStoreMigrate() *cobra.Command {
	return &cobra.Command{
		Use:   "migrate [URL]",
		Short: "Make a store's table, or bring it up to date",
		Long: `Migrate makes the table of a store in SQLite, PostgreSQL, MySQL or MariaDB, or
brings that of an older release up to date. It does nothing where that is done,
and programs may do it themselves, by sqlstore.Migrate. A file of SQLite that is
not there is made, for its owner alone to read.`,
		Example: `  wafer store migrate sqlite:sessions.db
  wafer store migrate 'postgres://app@db.example.org/app?table=shop_sessions'`,
		RunE: func(cmd *cobra.Command, args []string) error {
			l, err := takeOnlyStore(args)
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
			_, err = fmt.Fprintf(cmd.OutOrStdout(), text, l)
			return err
		},
	}
}
