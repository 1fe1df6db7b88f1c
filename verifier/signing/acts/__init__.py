"""The act of issuing: ordered, confirmed, numbered, signed, timed, judged, released; taken up again after a crash."""
