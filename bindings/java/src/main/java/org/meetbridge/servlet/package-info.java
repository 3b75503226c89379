/**
 * The pages on which a user connects his accounts, and the address for the providers'
 * notifications, for a host with {@code javax.servlet}.
 *
 * <p>Domino's servlet manager still has the Servlet API of its first days, JSDK 2.0. So nothing
 * newer is used here: no contexts, no {@code addHeader}, no {@code getLocale}, no sessions.
 */
package org.meetbridge.servlet;
