"""Errors where a site shows them: as problems over HTTP (RFC 9457), and at the fields of a form."""

from django.forms import BaseForm
from django.http import HttpRequest, JsonResponse

from kwiga_orders.errors import Fault, InvalidInput, KwigaOrdersError
from kwiga_orders.locale import problem_of

__all__ = ["add_faults", "problem_response"]


def problem_response(request: HttpRequest, error: KwigaOrdersError) -> JsonResponse:
    """Answer an error: its code, a sentence in the reader's language, and every fault of a document."""
    # LocaleMiddleware has chosen, if the site has it
    accepts = getattr(request, "LANGUAGE_CODE", request.headers.get("accept-language", ""))
    problem = problem_of(error, accepts=accepts)
    headers = dict(problem.headers)
    return JsonResponse(problem.body, status=problem.status, headers=headers, content_type=problem.media_type)


def add_faults(form: BaseForm, error: KwigaOrdersError) -> None:
    """Show an error on a form: each fault at the last field that its path names, all else above the form (K7)."""
    # what is not there is named by the field that asked for it
    found = Fault(path=str(error.details.get("what", "")), code=error.code, hint=str(error))
    faults = error.faults if isinstance(error, InvalidInput) else (found,)
    for fault in faults:
        # of `lines.0.price` a form has the price
        field = next((part for part in reversed(fault.path.split(".")) if part in form.fields), None)
        form.add_error(field, fault.hint or fault.code)
