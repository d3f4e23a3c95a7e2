//! Floor 3, console: web pages that speak only the control socket.
