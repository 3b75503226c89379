package org.meetbridge.servlet;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.FormatStyle;
import java.util.Optional;

import javax.servlet.http.HttpServletResponse;

import org.meetbridge.Authorization;
import org.meetbridge.MeetBridge;
import org.meetbridge.MeetBridgeException;
import org.meetbridge.Provider;
import org.meetbridge.Status;

/** What a person reads. */
final class Pages {
    private Pages() {
    }

    /** All providers that serve the user, below what has just happened. */
    static void overview(Visit visit, String title, String news) throws IOException {
        Html body = new Html();
        if (news != null) {
            body.markup("<p class=\"news\" role=\"status\">").text(news).markup("</p>\n");
        }
        Html rows = new Html();
        for (Provider provider : Provider.values()) {
            row(visit, provider, rows);
        }
        if (rows.toString().isEmpty()) {
            rows.element("p", visit.text("none")).markup("\n");
        }
        body.markup(rows.toString());
        String user = Names.abbreviated(visit.user);
        body.markup("<p class=\"small\">").text(visit.text("signed-in", user)).markup("</p>\n");
        visit.show(HttpServletResponse.SC_OK, title, body);
    }

    static void connected(Visit visit, Provider provider) throws IOException {
        overview(visit, visit.text("done", brand(provider)), visit.text("done.text"));
    }

    static void disconnected(Visit visit, Provider provider) throws IOException {
        String hint = visit.text("disconnected.text." + provider.id());
        overview(visit, visit.text("disconnected", brand(provider)), hint);
    }

    /** Asks whether to connect, after a link or a provider's Install button. */
    static void invitation(Visit visit, Provider provider) throws IOException {
        Html body = new Html().element("p", visit.text("invitation.text", brand(provider)))
                .markup("\n<p class=\"actions\">")
                .button(visit.address("/start?provider=" + provider.id()),
                        visit.text("connect", brand(provider))).markup(" ")
                .button(visit.address("/"), visit.text("to-overview")).markup("</p>\n");
        visit.show(HttpServletResponse.SC_OK, visit.text("invitation", brand(provider)), body);
    }

    static void signIn(Visit visit, String address) throws IOException {
        Html body = new Html().element("p", visit.text("sign-in.text")).markup("\n");
        if (address != null) {
            body.markup("<p>").button(address, visit.text("sign-in.button")).markup("</p>\n");
        }
        visit.show(HttpServletResponse.SC_FORBIDDEN, visit.text("sign-in"), body);
    }

    /** A request that no page of ours makes. */
    static void refusal(Visit visit, int status, String name) throws IOException {
        Html body = new Html().element("p", visit.text(name + ".text")).markup("\n<p>")
                .button(visit.address("/"), visit.text("to-overview")).markup("</p>\n");
        visit.show(status, visit.text(name), body);
    }

    /** What went wrong, what the user can do, and what his administrator should know. */
    static void failure(Visit visit, MeetBridgeException failure) throws IOException {
        Optional<Provider> provider = failure.getProvider();
        String brand = provider.map(Pages::brand).orElse(visit.text("service"));
        String name = visit.texts.firstOf("failure." + failure.getStatus(),
                "failure." + group(failure.getStatus()), "failure");
        Html body = new Html().element("p", visit.text(
                name + ".text", brand, Names.abbreviated(visit.user)));
        failure.getRetryAfter().map(Duration::getSeconds).filter(seconds -> seconds > 0)
                .ifPresent(seconds -> body.markup("\n").element("p", visit.text(
                        "retry-after", String.valueOf((seconds + 59) / 60))));
        body.markup("\n<p class=\"actions\">");
        if (provider.isPresent() && failure.getStatus() != Status.NOT_A_MEMBER) {
            body.button(visit.address("/start?provider=" + provider.get().id()),
                    visit.text("try-again")).markup(" ");
        }
        body.button(visit.address("/"), visit.text("to-overview")).markup("</p>\n");
        // Not the message: words of the callback's address may stand in it, which anyone can
        // write into a link. It is in the log, beside the same number.
        administrator(visit, failure.getStatus().name(), failure.getRemedy(), body);
        visit.show(httpStatus(failure.getStatus()), visit.text(name, brand), body);
    }

    /** A fault of ours, or a library that is not installed. */
    static void fault(Visit visit) throws IOException {
        Html body = new Html().element("p", visit.text("failure.text")).markup("\n<p>")
                .button(visit.address("/"), visit.text("to-overview")).markup("</p>\n");
        administrator(visit, Status.INTERNAL.name(), visit.text("see-log"), body);
        visit.show(HttpServletResponse.SC_INTERNAL_SERVER_ERROR, visit.text("failure"), body);
    }

    private static void administrator(Visit visit, String code, String remedy, Html body) {
        body.markup("<section class=\"small\">\n").element("h2", visit.text("administrator"))
                .markup("\n").element("p", remedy).markup("\n<p><code>").text(code)
                .markup("</code> · ").text(visit.text("reference"))
                .markup(" <code>").text(visit.correlationId).markup("</code></p>\n</section>\n");
    }

    private static void row(Visit visit, Provider provider, Html rows) {
        Html row = new Html();
        try {
            Optional<Authorization> found = MeetBridge.shared().getAuthorization(
                    provider, visit.user, visit.options().build());
            if (!found.isPresent()) {
                row.element("p", visit.text("not-connected"));
                connect(visit, provider, "connect", row);
            } else if (found.get().getState() == Authorization.State.AUTHORIZED) {
                working(visit, provider, found.get(), row);
            } else {
                ended(visit, provider, found.get(), row);
            }
        } catch (MeetBridgeException failure) {
            switch (failure.getStatus()) {
                case NOT_A_MEMBER:
                case UNKNOWN_PROVIDER:
                    return;
                case NOT_AVAILABLE:
                case INVALID_SETTINGS:
                case STORE_UNAVAILABLE:
                case STORE_DAMAGED:
                case WRONG_KEY:
                    // It is the same for each provider, and an administrator must do something.
                    throw failure;
                default:
                    visit.log(provider.id() + " " + failure.getStatus() + ": "
                            + failure.getMessage());
                    row.element("p", visit.text("unreadable", failure.getStatus().name()));
            }
        }
        rows.markup("<section>\n").element("h2", brand(provider)).markup("\n" + row)
                .markup("\n</section>\n");
    }

    private static void working(Visit visit, Provider provider, Authorization found, Html row) {
        row.markup("<p><span class=\"on\">").text(visit.text("connected")).markup("</span> ");
        found.getAccount().flatMap(Authorization.Account::getEmail).ifPresent(
                email -> row.element("strong", email).markup(" "));
        found.getAuthorizedAt().ifPresent(
                since -> row.text(visit.text("since", day(visit, since))));
        row.markup("</p>");
        if (!Names.normal(found.getUser()).equals(Names.normal(visit.user))) {
            row.markup("\n").element("p", visit.text("by", Names.abbreviated(found.getUser())));
        } else if (visit.mayConnect) {
            disconnectForm(visit, provider, row);
        }
    }

    private static void ended(Visit visit, Provider provider, Authorization found, Html row) {
        String reason = visit.texts.firstOf(
                "ended." + found.getReason().orElse(""), "ended.unknown");
        row.markup("<p><span class=\"off\">").text(visit.text("ended")).markup("</span> ")
                .text(visit.text(reason, brand(provider))).markup("</p>");
        connect(visit, provider, "connect-again", row);
    }

    private static void connect(Visit visit, Provider provider, String name, Html row) {
        if (visit.mayConnect) {
            row.markup("\n<p>").button(visit.address("/start?provider=" + provider.id()),
                    visit.text(name, brand(provider))).markup("</p>");
        } else {
            row.markup("\n").element("p", visit.text("administrators-only.text"));
        }
    }

    /** Asks once more before it sends anything, without a script. */
    private static void disconnectForm(Visit visit, Provider provider, Html row) {
        row.markup("\n<details>").element("summary", visit.text("disconnect", brand(provider)))
                .markup("\n")
                .element("p", visit.text("disconnect.text", brand(provider)))
                .markup("\n<form method=\"post\" action=\"").text(visit.address("/disconnect"))
                .markup("\"><input type=\"hidden\" name=\"provider\" value=\"")
                .text(provider.id())
                .markup("\"><input type=\"hidden\" name=\"" + FormToken.FIELD + "\" value=\"")
                .text(visit.formToken()).markup("\">")
                .element("button", visit.text("disconnect.button"))
                .markup("</form></details>");
    }

    private static String day(Visit visit, Instant time) {
        return DateTimeFormatter.ofLocalizedDate(FormatStyle.LONG).withLocale(visit.texts.locale)
                .withZone(ZoneId.systemDefault()).format(time);
    }

    /** The provider as people call it. */
    private static String brand(Provider provider) {
        String id = provider.id();
        return Character.toUpperCase(id.charAt(0)) + id.substring(1);
    }

    /** The failures that look the same to a user. */
    private static String group(Status status) {
        switch (status) {
            case PROVIDER_UNAVAILABLE:
            case RATE_LIMITED:
            case UNEXPECTED_ANSWER:
            case NETWORK:
            case TLS:
            case TIMEOUT:
                return "unavailable";
            case UNKNOWN_PROVIDER:
            case UNSUPPORTED:
                return "nothing";
            default:
                return "other";
        }
    }

    private static int httpStatus(Status status) {
        switch (status) {
            case ACCESS_DENIED:
                return HttpServletResponse.SC_OK;
            case USER_MISMATCH:
            case NOT_A_MEMBER:
                return HttpServletResponse.SC_FORBIDDEN;
            case INVALID_SETTINGS:
            case CLOSED:
            case APP_REJECTED:
                return HttpServletResponse.SC_SERVICE_UNAVAILABLE;
            case PROVIDER_REJECTED:
                return HttpServletResponse.SC_BAD_REQUEST;
            default:
                // The caller's, the authorization's; the provider's, the machine's; our own.
                return status.code() < 300 ? HttpServletResponse.SC_BAD_REQUEST
                        : status.code() < 500 ? HttpServletResponse.SC_SERVICE_UNAVAILABLE
                        : HttpServletResponse.SC_INTERNAL_SERVER_ERROR;
        }
    }
}
