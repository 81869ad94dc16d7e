"""How long the server takes for each page of the console, in an organization that has grown."""
