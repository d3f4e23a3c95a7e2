//! Floor 2, control: the Unix socket: messages, server, client, who is asking.
