"""Shows errors in a site: as problems over HTTP (RFC 9457), or next to the fields of a form."""

from django.forms import BaseForm
from django.http import HttpRequest, JsonResponse
from django.utils.translation import get_language

from kwiga_orders.errors import Fault, InvalidInput, KwigaOrdersError
from kwiga_orders.locale import Texts, locale_of, problem_of

__all__ = ["add_faults", "problem_response"]


def problem_response(request: HttpRequest, error: KwigaOrdersError) -> JsonResponse:
    """Answer with an error: its code, a sentence in the reader's language, and all faults of a document."""
    # set by LocaleMiddleware, if the site uses it
    accepts = getattr(request, "LANGUAGE_CODE", request.headers.get("accept-language", ""))
    problem = problem_of(error, accepts=accepts)
    headers = dict(problem.headers)
    return JsonResponse(problem.body, status=problem.status, headers=headers, content_type=problem.media_type)


def add_faults(form: BaseForm, error: KwigaOrdersError) -> None:
    """Show an error on a form: each fault at the last field that its path names, all others above the form (K7)."""
    texts = Texts(locale_of(get_language(), "en"), timezone="UTC")
    # a NotFound error is shown at the field that names the missing thing
    found = Fault(path=str(error.details.get("what", "")), code=error.code, hint=texts.error(error))
    faults = error.faults if isinstance(error, InvalidInput) else (found,)
    for fault in faults:
        # the path `lines.0.price` belongs to the form field `price`
        field = next((part for part in reversed(fault.path.split(".")) if part in form.fields), None)
        form.add_error(field, texts.hint(fault) or fault.code)
