"""The form that begins single sign-on."""

from django import forms


class StartForm(forms.Form):
    email = forms.EmailField(label="Work email", max_length=254)
    connection = forms.CharField(max_length=24, required=False, widget=forms.HiddenInput)
    next = forms.CharField(max_length=2000, required=False, widget=forms.HiddenInput)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["email"].widget.attrs["autocomplete"] = "username"
