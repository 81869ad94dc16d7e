"""What people do with their second factors. Each act is an event, and the person hears of it by mail."""
