// Command ferretdb serves MongoDB's wire protocol from SQLite files. It prints its URI as the first
// line and ends when standard input does, so that it cannot outlive the tests that started it.
//
//	ferretdb                    on a free port, from files that it removes at the end
//	ferretdb DIRECTORY ADDRESS  from files that stay, so that it can be killed and started again
package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"log/slog"
	"os"

	"github.com/FerretDB/FerretDB/ferretdb"
)

func main() {
	if err := serve(); err != nil {
		log.Fatal(err)
	}
}

func serve() error {
	directory, address := "", "127.0.0.1:0"
	if len(os.Args) > 2 {
		directory, address = os.Args[1], os.Args[2]
	} else {
		made, err := os.MkdirTemp("", "custom-user-data-ferretdb-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(made)
		directory = made
	}
	server, err := ferretdb.New(&ferretdb.Config{
		Listener:  ferretdb.ListenerConfig{TCP: address},
		Logger:    slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelError})),
		Handler:   "sqlite",
		SQLiteURL: "file:" + directory + "/",
	})
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(context.Background())
	go func() {
		// Whatever is sent has no meaning; only the end has.
		io.Copy(io.Discard, os.Stdin)
		stop()
	}()
	// The address is known once it runs, so this waits for that.
	go func() { fmt.Println(server.MongoDBURI() + "?directConnection=true") }()
	return server.Run(ctx)
}
