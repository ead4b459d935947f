package lab

import "net/http"

func (w *World) graphRoutes() []route { _ = http.MethodGet; return nil }
