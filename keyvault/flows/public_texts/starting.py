"""The texts until an operator writes others: what is true of every installation, and who to ask for the rest."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from keyvault.flows.public_texts.models import Name

STARTING: dict[str, str | Promise] = {
    Name.PRIVACY: _("""\
This KeyVault runs on machines of whoever operates it. They decide what is done with what it stores, and answer \
questions about it.

# What is stored

- Of people: name, email address, a hash of the password where there is one, second factors, and when and from which \
address and browser they signed in.
- Keys and other values, encrypted.
- Of acts: who did what, when, and from which network address. These records are kept in a log that nobody edits.
- Of requests through the gateway: which token was used, when, for which model, and how much. What was asked and \
answered is passed on and not kept.
- What you write to the operators with the feedback form.

# Who sees it

Members of an organisation see what their role allows. Operators see people, tokens and the log; no page of theirs \
shows a stored value. Requests through the gateway go on to the provider that they are made for.

# Cookies

Cookies keep you signed in, protect forms, recognise a browser that you have used before and remember how the pages \
look. None follows you elsewhere."""),
    Name.TERMS: _("""\
This KeyVault is run by whoever operates it, for the people they let in. What you have agreed with them goes before \
what stands here.

- Store only keys that you may use, and use them as their provider allows.
- Keep your sign-in and your tokens to yourself. Tell an administrator of your organisation at once when one gets lost.
- What you do is recorded; an organisation's owners and admins, and the operators, can read the record.
- An account can be closed by the operators, and a membership ended by the organisation.

KeyVault itself is free software under the Apache License 2.0, which gives no warranty."""),
}
