// Command grpcserver is a gRPC server with the health service, for the tests
// of the check. It listens on the address that is its first argument, with TLS
// if a certificate and a key follow; the word "bare" leaves the service out.
package main

import (
	"log"
	"net"
	"os"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/health"
	"google.golang.org/grpc/health/grpc_health_v1"
)

func main() {
	var options []grpc.ServerOption
	if len(os.Args) > 3 {
		creds, err := credentials.NewServerTLSFromFile(os.Args[2], os.Args[3])
		if err != nil {
			log.Fatal(err)
		}
		options = append(options, grpc.Creds(creds))
	}
	server := grpc.NewServer(options...)
	if len(os.Args) != 3 {
		grpc_health_v1.RegisterHealthServer(server, states())
	}
	l, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(server.Serve(l))
}

// states has a service in each state.
func states() *health.Server {
	s := health.NewServer()
	s.SetServingStatus("shop", grpc_health_v1.HealthCheckResponse_SERVING)
	s.SetServingStatus("shop.Orders", grpc_health_v1.HealthCheckResponse_NOT_SERVING)
	s.SetServingStatus("shop.Stock", grpc_health_v1.HealthCheckResponse_UNKNOWN)
	s.SetServingStatus("shop.Old", grpc_health_v1.HealthCheckResponse_SERVICE_UNKNOWN)
	return s
}
