package page

import (
	"net/http"

	"waybill/store"
)

// StatusOf is what HTTP calls each kind of failure, on pages and in the API.
func StatusOf(kind store.Kind) int {
	switch kind {
	case store.Invalid:
		return http.StatusUnprocessableEntity
	case store.NotFound:
		return http.StatusNotFound
	case store.Conflict:
		return http.StatusConflict
	case store.Forbidden:
		return http.StatusForbidden
	case store.Unauthorized:
		return http.StatusUnauthorized
	case store.Unavailable:
		return http.StatusServiceUnavailable
	case store.TooLarge:
		return http.StatusRequestEntityTooLarge
	}
	return http.StatusInternalServerError
}
