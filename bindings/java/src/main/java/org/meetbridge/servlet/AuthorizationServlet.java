package org.meetbridge.servlet;

import java.io.IOException;
import java.util.Set;

import javax.servlet.ServletConfig;
import javax.servlet.ServletException;
import javax.servlet.http.HttpServlet;
import javax.servlet.http.HttpServletRequest;
import javax.servlet.http.HttpServletResponse;

import org.meetbridge.Authorization;
import org.meetbridge.MeetBridge;
import org.meetbridge.MeetBridgeException;
import org.meetbridge.Provider;
import org.meetbridge.Status;

/**
 * The pages on which a user connects his Zoom and Webex accounts, in English and Japanese.
 *
 * <table>
 * <caption>Below the servlet's own path</caption>
 * <tr><td>{@code /}</td><td>what is connected, with buttons to connect and to disconnect</td></tr>
 * <tr><td>{@code /start?provider=zoom}</td><td>goes to the provider; for links elsewhere. Where a
 * page of another site has the link, it asks first</td></tr>
 * <tr><td>{@code /oauth/v1}</td><td>where the provider sends the user back to: the settings'
 * {@code redirect_url} ends so</td></tr>
 * <tr><td>{@code /disconnect}</td><td>takes the form of the first page</td></tr>
 * </table>
 *
 * <p>The user is {@link HttpServletRequest#getRemoteUser}; Anonymous is refused. No address to go
 * to is taken from a request. The initial parameters are
 * <ul>
 * <li>{@code sign-in}: a path on this server where one signs in, for the page that says so;
 * <li>{@code administrators}: names separated by semicolons. With it only these connect and
 * disconnect: for an app of the kind {@code account}, whose newest consent serves everybody.
 * </ul>
 */
public class AuthorizationServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    private transient String signInAddress;
    private transient Set<String> administrators;

    /** For the container. */
    public AuthorizationServlet() {
        // The container calls init.
    }

    @Override
    public void init(ServletConfig config) throws ServletException {
        super.init(config);
        String address = config.getInitParameter("sign-in");
        if (address != null && !address.matches("/[^/\\\\].*")) {
            throw new ServletException("sign-in: not a path on this server");
        }
        signInAddress = address;
        administrators = Names.list(config.getInitParameter("administrators"));
    }

    boolean mayConnect(String user) {
        return administrators.isEmpty() || administrators.contains(Names.normal(user));
    }

    @Override
    protected void service(HttpServletRequest request, HttpServletResponse response)
            throws IOException {
        Visit visit = new Visit(request, response, this);
        try {
            if (visit.user == null) {
                Pages.signIn(visit, signInAddress);
            } else {
                route(visit);
            }
        } catch (MeetBridgeException failure) {
            visit.log(failure.getStatus() + ": " + failure.getMessage());
            Pages.failure(visit, failure);
        } catch (Visit.Unreadable malformed) {
            visit.log("parameters that cannot be read: " + malformed.getMessage());
            Pages.refusal(visit, HttpServletResponse.SC_BAD_REQUEST, "unknown");
        } catch (RuntimeException | LinkageError fault) {
            visit.log(fault);
            Pages.fault(visit);
        }
    }

    private void route(Visit visit) throws IOException {
        boolean isPost = visit.request.getMethod().equals("POST");
        if (!isPost && !visit.request.getMethod().equals("GET")) {
            visit.response.setHeader("Allow", "GET, POST");
            Pages.refusal(visit, HttpServletResponse.SC_METHOD_NOT_ALLOWED, "unknown");
            return;
        }
        switch ((isPost ? "POST " : "GET ") + visit.path()) {
            case "GET /":
                Pages.overview(visit, visit.text("overview"), null);
                break;
            case "GET /start":
                if (checkConnect(visit)) {
                    start(visit, provider(visit));
                }
                break;
            case "GET /oauth/v1":
                if (checkConnect(visit)) {
                    callback(visit);
                }
                break;
            case "POST /disconnect":
                if (checkConnect(visit)) {
                    disconnect(visit, provider(visit));
                }
                break;
            default:
                Pages.refusal(visit, HttpServletResponse.SC_NOT_FOUND, "unknown");
        }
    }

    private static boolean checkConnect(Visit visit) throws IOException {
        if (!visit.mayConnect) {
            Pages.refusal(visit, HttpServletResponse.SC_FORBIDDEN, "administrators-only");
        }
        return visit.mayConnect;
    }

    private static Provider provider(Visit visit) {
        return Provider.of(visit.parameter("provider"));
    }

    /**
     * Goes to the provider. Where a page of another site asks for it, the user is asked first: else
     * that site could make an unwary one connect whatever account he has at the provider.
     */
    private static void start(Visit visit, Provider provider) throws IOException {
        if (visit.isFromElsewhere()) {
            Pages.invitation(visit, provider);
            return;
        }
        String address = MeetBridge.shared().startAuthorization(
                provider, visit.user, null, visit.options().build()).toASCIIString();
        Answer.redirect(visit.response, address);
    }

    /**
     * Finishes what {@code /start} began. That it was this user who began it the sealed state says,
     * so there is no cookie in this: one would be missing where a cluster's servers have names of
     * their own and the browser starts at one and comes back to another.
     */
    private static void callback(Visit visit) throws IOException {
        String query = visit.request.getQueryString();
        try {
            Authorization done = MeetBridge.shared().completeAuthorization(
                    visit.user, "?" + (query == null ? "" : query), visit.options().build());
            visit.log("connected " + done.getProvider().id());
            Pages.connected(visit, done.getProvider());
        } catch (MeetBridgeException failure) {
            Status status = failure.getStatus();
            if (status == Status.STATE_MISSING) {
                stateless(visit);
            } else if (status == Status.STATE_REPLAYED && isConnected(visit, failure)) {
                // The page was loaded again, or the browser went back to it.
                Pages.connected(visit, failure.getProvider().get());
            } else {
                throw failure;
            }
        }
    }

    /** Only Zoom sends a code without a state: after the Install button of its marketplace. */
    private static void stateless(Visit visit) throws IOException {
        if (visit.parameter("code") == null) {
            Pages.overview(visit, visit.text("overview"), null);
        } else {
            start(visit, Provider.ZOOM);
        }
    }

    private static boolean isConnected(Visit visit, MeetBridgeException failure) {
        return failure.getProvider()
                .flatMap(provider -> MeetBridge.shared().getAuthorization(
                        provider, visit.user, visit.options().build()))
                .filter(found -> found.getState() == Authorization.State.AUTHORIZED)
                .isPresent();
    }

    private static void disconnect(Visit visit, Provider provider) throws IOException {
        if (!FormToken.isGood(visit.request, visit.user, visit.parameter(FormToken.FIELD))) {
            visit.log("a form that is not ours");
            Pages.refusal(visit, HttpServletResponse.SC_FORBIDDEN, "form");
            return;
        }
        MeetBridge.shared().revokeAuthorization(
                provider, visit.user, visit.options().ignoreMissing(true).build());
        visit.log("disconnected " + provider.id());
        Pages.disconnected(visit, provider);
    }
}
