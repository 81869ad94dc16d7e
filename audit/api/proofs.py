"""The log's proofs in the API: what a holder of a receipt, or of an older checkpoint, asks for."""

from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from audit import proofs
from audit.models import Checkpoint, Event, Leaf
from keyvault.api.fields import Query
from keyvault.api.schema import operation
from keyvault.api.views import Endpoint
from keyvault.errors import NotFound
from keyvault.flows.looking import look, reach_of
from orgs.permissions import Action

_LARGEST = (1 << 63) - 1


class CheckpointSerializer(serializers.Serializer[Checkpoint]):
    """What the sealer signed last of the organization's log."""

    size = serializers.IntegerField(help_text="How many events it covers.")
    root_hash = serializers.CharField(help_text="The root (RFC 6962), in hex.")
    epoch = serializers.IntegerField()
    note = serializers.CharField(help_text="The signed note, byte for byte (C2SP tlog-checkpoint).")

    def to_representation(self, checkpoint: Checkpoint) -> dict[str, Any]:
        root = bytes(checkpoint.root).hex()
        return {"size": checkpoint.size, "root_hash": root, "epoch": checkpoint.epoch, "note": checkpoint.note}


class StandingSerializer(serializers.Serializer[Any]):
    checkpoint = CheckpointSerializer(allow_null=True, help_text="Null while nothing of the organization is sealed.")
    consistency = serializers.ListField(
        child=serializers.CharField(),
        allow_null=True,
        help_text="The proof that the log of size `since` was only added to (RFC 9162 §2.1.4), in hex.",
    )


class ProofSerializer(serializers.Serializer[Any]):
    """`leaf_hash` is the second half of the receipt. The rest is null while the event waits for its seal."""

    event = serializers.UUIDField()
    leaf_hash = serializers.CharField()
    leaf_index = serializers.IntegerField(allow_null=True)
    inclusion = serializers.ListField(
        child=serializers.CharField(), allow_null=True, help_text="From the leaf to the root (RFC 9162 §2.1.3), in hex."
    )
    checkpoint = CheckpointSerializer(allow_null=True)


class StandingQuery(Query):
    since = serializers.IntegerField(
        required=False, min_value=1, max_value=_LARGEST, help_text="The size of a checkpoint that you kept."
    )


class Standing(Endpoint):
    """The newest checkpoint of the organization's log, and that it continues the one that you kept."""

    tag = "events"

    @operation("get_checkpoint", answers=StandingSerializer, query=StandingQuery, refuses=(404,))
    def get(self, request: Request) -> Response:
        since = self.asked(StandingQuery).get("since")
        look(actor=self.actor, action=Action.PROVE_EVENTS, on=reach_of(self.actor), details={"since": since})
        checkpoint = proofs.newest_checkpoint(self.actor.org_id) if self.actor.org_id else None
        if since is not None and (checkpoint is None or since > checkpoint.size):
            raise NotFound
        growth = _hex(proofs.prove_growth(since, checkpoint)) if since and checkpoint else None
        return Response({"checkpoint": _shown(checkpoint), "consistency": growth})


class EventProof(Endpoint):
    """The proof that an event, pruned or not, is in the log: whoever holds its receipt needs nothing else of it."""

    tag = "events"

    @operation("prove_event", answers=ProofSerializer, refuses=(404,))
    def get(self, request: Request, event: UUID) -> Response:
        look(actor=self.actor, action=Action.PROVE_EVENTS, on=reach_of(self.actor), details={"event": str(event)})
        found = Event.objects.of_organization(self.actor).filter(pk=event).first()
        leaf = proofs.leaf_of(event, self.actor.org_id) if self.actor.org_id else None
        if found is None and leaf is None:
            raise NotFound
        leaf_hash = found.receipt.leaf_hash if found else bytes(leaf.leaf_hash) if leaf else b""
        checkpoint = proofs.checkpoint_over(leaf) if leaf else None
        proof = _hex(proofs.prove_inclusion(leaf, checkpoint)) if leaf and checkpoint else None
        return Response(_proof(event, leaf_hash, leaf, proof, checkpoint))


def _proof(
    event: UUID, leaf_hash: bytes, leaf: Leaf | None, proof: list[str] | None, checkpoint: Checkpoint | None
) -> dict[str, Any]:
    return {
        "event": str(event),
        "leaf_hash": leaf_hash.hex(),
        "leaf_index": leaf.leaf_index if leaf else None,
        "inclusion": proof,
        "checkpoint": _shown(checkpoint),
    }


def _shown(checkpoint: Checkpoint | None) -> dict[str, Any] | None:
    return CheckpointSerializer(checkpoint).data if checkpoint else None


def _hex(proof: list[bytes]) -> list[str]:
    return [step.hex() for step in proof]
