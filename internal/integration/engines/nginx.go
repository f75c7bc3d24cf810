package engines

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// ProtectedFile is what nginx serves for X-Accel-Redirect: /protected/file, and for nothing else.
const ProtectedFile = "only for who may see it"

// StartNginx starts nginx in front of a program. The locations are those of the site, as nginx's
// configuration has them, with proxy_pass to the program's address.
func StartNginx(locations string) (*Server, error) {
	path, err := program("nginx", "nginx")
	if err != nil {
		return nil, err
	}
	return launch(func(s *Server, _ string) error {
		s.name, s.url = "nginx", "http://"+s.address
		s.serves = nginxServes
		s.program = path
		configuration := filepath.Join(s.folder, "nginx.conf")
		s.arguments = []string{"-p", s.folder, "-c", configuration, "-e", "stderr"}
		if err := os.Mkdir(filepath.Join(s.folder, "protected"), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(s.folder, "protected", "file"), []byte(ProtectedFile), 0o644); err != nil {
			return err
		}
		return os.WriteFile(configuration, fmt.Appendf(nil, nginxConfiguration, s.address, locations, s.folder), 0o644)
	})
}

// nginxConfiguration keeps all that nginx writes in its folder.
const nginxConfiguration = `
daemon off;
master_process off;
pid pid;
error_log stderr;
events {}
http {
	access_log off;
	client_body_temp_path body;
	proxy_temp_path proxy;
	fastcgi_temp_path fastcgi;
	uwsgi_temp_path uwsgi;
	scgi_temp_path scgi;
	map $http_upgrade $connection_upgrade {
		default upgrade;
		''      '';
	}
	server {
		listen %s;
		%s
		location /protected/ {
			internal;
			alias %s/protected/;
		}
	}
}
`

func nginxServes(ctx context.Context, address string) error {
	conn, err := dial(ctx, address)
	if err != nil {
		return err
	}
	return conn.Close()
}
