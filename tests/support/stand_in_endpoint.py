"""An endpoint that says which model was asked at which port: `stand_in_endpoint.py 11434 llama3.2`.

It stands where a README expects a server of somebody else, and offers that one model.
"""

import socket
import sys

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.support.scripted import DONE, STOP, chunk


def create_app(port: int, model: str) -> Starlette:
    """Build the endpoint."""

    async def list_models(_request: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": model, "object": "model"}]})

    async def complete(request: Request) -> Response:
        asked = (await request.json())["model"]
        if asked != model:
            return JSONResponse({"error": {"message": f"no model {asked}"}}, 404)
        answer = (chunk(f"This is {model} at port {port}."), STOP, DONE)
        return StreamingResponse(iter(answer), media_type="text/event-stream")

    return Starlette(
        routes=[
            Route("/v1/models", list_models),
            Route("/v1/chat/completions", complete, methods=["POST"]),
        ]
    )


if __name__ == "__main__":
    number = int(sys.argv[1])
    listening = socket.create_server(("127.0.0.1", number))
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    config = uvicorn.Config(create_app(number, sys.argv[2]), log_level="error")
    uvicorn.Server(config).run([listening])
