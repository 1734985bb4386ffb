"""The same journey as Django and django-formtools make it, for `bench_formtools`: a process of its own, never imported.

    python tests/bench/beside/formtools_site.py FOLDER PEOPLE PASSWORD

Same steps, fields, limits and photos; sessions in the database, SQLite with WAL and synchronous=FULL, BEGIN IMMEDIATE; Argon2id
with the same figures; photos decoded in full, turned upright and encoded anew without metadata; an audit row at the end.
Prints its port, then the user names; serves with waitress and eight threads.
"""

from __future__ import annotations

import hashlib
import io
import json
import secrets
import sys
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher

FOLDER, PEOPLE, PASSWORD = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
LAYOUT = """<!doctype html><html lang="zh-CN"><head><meta charset="utf-8"><title>{% block title %}{% endblock %}</title>
<link rel="stylesheet" href="/static/app.css"><script src="/static/htmx.min.js" defer></script></head><body>
<header><a href="/">考籍管理服务平台</a>{% if user.is_authenticated %}<span>{{ user.username }}</span>{% endif %}
<nav><ul><li><a href="/">首页</a></li><li><a href="/scores">成绩查询</a></li><li><a href="/apply/">申办项目</a></li></ul></nav></header>
{% for message in messages %}<p>{{ message }}</p>{% endfor %}<main>{% block main %}{% endblock %}</main></body></html>"""
STEP = """{% extends "layout.html" %}{% block title %}申请毕业{% endblock %}{% block main %}<h1>申请毕业</h1>
<ol>{% for step in wizard.steps.all %}<li{% if step == wizard.steps.current %} aria-current="step"{% endif %}>{{ step }}</li>{% endfor %}</ol>
{% if rows %}<dl>{% for label, value in rows %}<div><dt>{{ label }}</dt><dd>{{ value }}</dd></div>{% endfor %}</dl>{% endif %}
<form method="post" enctype="multipart/form-data">{% csrf_token %}{{ wizard.management_form }}{{ wizard.form.as_div }}
<button type="submit">下一步</button></form>{% endblock %}"""
LOGIN = """{% extends "layout.html" %}{% block main %}<form method="post">{% csrf_token %}{{ form.as_div }}<button>登录</button></form>{% endblock %}"""
HOME = """{% extends "layout.html" %}{% block main %}<h1>{{ user.username }}，你好</h1>
{% for one in windows %}<article><h2>{{ one.name }}</h2><p>{{ one.opens_at }} 至 {{ one.closes_at }}</p><a href="/apply/">申请毕业</a></article>{% endfor %}
<p>{{ scores }} 条成绩</p>{% endblock %}"""
DONE = """{% extends "layout.html" %}{% block main %}<h1>申请已提交</h1><p>回执编号 {{ receipt }}</p>{% endblock %}"""


class SameHash(Argon2PasswordHasher):
    time_cost, memory_cost, parallelism = 2, 19 * 1024, 1


settings.configure(
    SECRET_KEY=secrets.token_hex(32),
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="__main__",
    INSTALLED_APPS=[
        "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "django.contrib.messages", "formtools",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    TEMPLATES=[{
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "OPTIONS": {
            "loaders": [("django.template.loaders.cached.Loader", [("django.template.loaders.locmem.Loader", {
                "layout.html": LAYOUT, "step.html": STEP, "login.html": LOGIN, "home.html": HOME, "done.html": DONE,
            })])],
            "context_processors": [
                "django.template.context_processors.request", "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }],
    DATABASES={"default": {
        "ENGINE": "django.db.backends.sqlite3", "NAME": FOLDER / "django.sqlite3", "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE", "timeout": 5,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON",
        },
    }},
    PASSWORD_HASHERS=["__main__.SameHash"],
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    LANGUAGE_CODE="zh-hans", TIME_ZONE="Asia/Shanghai", USE_TZ=True,
    MEDIA_ROOT=FOLDER / "media", LOGIN_URL="/login", LOGIN_REDIRECT_URL="/",
)  # fmt: skip
django.setup()

from django import forms  # noqa: E402
from django.contrib.auth.decorators import login_required  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.auth.views import LoginView  # noqa: E402
from django.core.files.storage import FileSystemStorage  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.validators import FileExtensionValidator, RegexValidator  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.shortcuts import redirect, render  # noqa: E402
from django.urls import path, re_path  # noqa: E402
from django.utils import timezone  # noqa: E402
from formtools.wizard.views import NamedUrlSessionWizardView  # noqa: E402
from PIL import Image, ImageOps  # noqa: E402
from waitress import create_server  # noqa: E402


class Window(models.Model):
    name = models.CharField(max_length=80)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "bench"


class Score(models.Model):
    owner = models.ForeignKey(User, on_delete=models.PROTECT)
    course = models.CharField(max_length=20)
    mark = models.CharField(max_length=10)

    class Meta:
        app_label = "bench"


class Application(models.Model):
    owner = models.ForeignKey(User, on_delete=models.PROTECT)
    window = models.ForeignKey(Window, on_delete=models.PROTECT)
    receipt = models.CharField(max_length=20, unique=True)
    document = models.TextField()
    submitted_at = models.DateTimeField()

    class Meta:
        app_label = "bench"


class AuditEvent(models.Model):
    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=80)
    action = models.CharField(max_length=60, db_index=True)
    detail = models.JSONField(default=dict)

    class Meta:
        app_label = "bench"


def _size(file: Any) -> None:
    if file.size > 1024 * 1024:
        raise forms.ValidationError("不超过 1 MB")


def photo(label: str) -> forms.ImageField:
    return forms.ImageField(label=label, validators=[FileExtensionValidator(["jpg", "jpeg", "png"]), _size])


class Notice(forms.Form):
    act = forms.CharField(required=False, widget=forms.HiddenInput)


class Profile(forms.Form):
    phone = forms.CharField(label="手机号码", validators=[RegexValidator(r"^1[3-9]\d{9}$")])
    email = forms.EmailField(label="电子邮箱", required=False)
    address = forms.CharField(label="通讯地址", max_length=200)
    postcode = forms.CharField(label="邮政编码", validators=[RegexValidator(r"^\d{6}$")])
    nation = forms.ChoiceField(label="民族", choices=[(word, word) for word in ("汉族", "回族", "满族", "壮族")])
    political_status = forms.ChoiceField(
        label="政治面貌", choices=[(word, word) for word in ("群众", "共青团员", "中共党员")]
    )
    occupation = forms.CharField(label="职业", required=False, max_length=40)


class Scores(forms.Form):
    major = forms.ChoiceField(label="毕业专业", choices=[("050101.10574.2024", "汉语言文学（本科）")])
    missing_reason = forms.CharField(label="情况说明", required=False, widget=forms.Textarea)


class Statement(forms.Form):
    statement = forms.CharField(label="自我鉴定", min_length=300, max_length=2000, widget=forms.Textarea)


class PriorDegree(forms.Form):
    diploma_number = forms.CharField(label="编号", max_length=40)
    diploma_year = forms.ChoiceField(label="年", choices=[(str(year), str(year)) for year in range(1980, 2027)])
    diploma_month = forms.ChoiceField(label="月", choices=[(str(month), str(month)) for month in range(1, 13)])
    diploma_province = forms.ChoiceField(
        label="省份", choices=[(word, word) for word in ("江苏", "上海", "浙江", "安徽")]
    )
    diploma_photo = photo("凭证")
    diploma_remark = forms.CharField(label="备注", required=False)
    proof_kind = forms.CharField(required=False)
    record_code = forms.CharField(label="在线验证码", validators=[RegexValidator(r"^[A-Za-z0-9]{12,18}$")])
    record_photo = photo("备案表")
    record_remark = forms.CharField(label="备注", required=False)


class Confirm(forms.Form):
    act = forms.CharField(required=False, widget=forms.HiddenInput)


STEPS = [
    ("notice", Notice),
    ("profile", Profile),
    ("scores", Scores),
    ("statement", Statement),
    ("prior-degree", PriorDegree),
    ("confirm", Confirm),
]


def normalised(file: Any) -> bytes:
    """Decoded in full, upright, without metadata."""
    file.seek(0)
    out = io.BytesIO()
    ImageOps.exif_transpose(Image.open(file)).convert("RGB").save(out, "JPEG", quality=80)
    return out.getvalue()


class Wizard(NamedUrlSessionWizardView):
    form_list = STEPS
    template_name = "step.html"
    file_storage = FileSystemStorage(location=str(FOLDER / "media"))

    def get_context_data(self, form: Any, **given: Any) -> dict[str, Any]:
        context = super().get_context_data(form=form, **given)
        if self.steps.current == "confirm":
            context["rows"] = [
                (field.label, self.get_cleaned_data_for_step(slug).get(name, ""))
                for slug, kind in STEPS[1:-1]
                for name, field in kind.base_fields.items()
            ]
        if self.steps.current == "scores":
            context["rows"] = [(row.course, row.mark) for row in Score.objects.filter(owner=self.request.user)]
        return context

    def done(self, form_list: Any, **given: Any) -> Any:
        answers = {name: value for form in form_list for name, value in form.cleaned_data.items()}
        pictures = {name: normalised(value) for name, value in answers.items() if hasattr(value, "read")}
        for data in pictures.values():
            (FOLDER / "media" / secrets.token_hex(16)).write_bytes(data)
        said = {name: value for name, value in answers.items() if name not in pictures}
        said |= {name: hashlib.sha256(data).hexdigest() for name, data in pictures.items()}
        document = json.dumps(said, ensure_ascii=False, sort_keys=True)
        receipt = "BY26-" + hashlib.sha256(f"{self.request.user.pk}{document}".encode()).hexdigest()[:12]
        now = timezone.now()
        with transaction.atomic():
            Application.objects.create(
                owner=self.request.user,
                window=Window.objects.get(closes_at__gt=now),
                receipt=receipt,
                document=document,
                submitted_at=now,
            )
            AuditEvent.objects.create(
                at=now, actor=self.request.user.username, action="application.submitted", detail={"receipt": receipt}
            )
        return render(self.request, "done.html", {"receipt": receipt})


@login_required
def home(request: Any) -> Any:
    found = {"windows": Window.objects.all(), "scores": Score.objects.filter(owner=request.user).count()}
    return render(request, "home.html", found)


wizard = login_required(Wizard.as_view(url_name="step", done_step_name="done"))
urlpatterns = [
    path("", home),
    path("login", LoginView.as_view(template_name="login.html")),
    path("apply/", login_required(lambda request: redirect("step", step="notice")), name="apply"),
    re_path(r"^apply/(?P<step>[a-z-]+)/$", wizard, name="step"),
]


def main() -> None:
    (FOLDER / "media").mkdir(exist_ok=True)
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        for model in (Window, Score, Application, AuditEvent):
            editor.create_model(model)
    now = timezone.now()
    Window.objects.create(name="本季", opens_at=now, closes_at=now + timezone.timedelta(days=9))
    hashed = SameHash().encode(PASSWORD, "saltsaltsalt")
    people = User.objects.bulk_create(User(username=f"person{i}", password=hashed) for i in range(PEOPLE))
    Score.objects.bulk_create(Score(owner=one, course=f"{i:05}", mark="80") for one in people for i in range(13))
    server = create_server(get_wsgi_application(), host="127.0.0.1", port=0, threads=8, max_request_body_size=24 << 20)
    print(json.dumps({"port": server.effective_port, "people": [one.username for one in people]}), flush=True)
    server.run()


if __name__ == "__main__":
    main()
