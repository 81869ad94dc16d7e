"""An invitation from mail to membership: the mail, the link, the account."""
