/**
 * Zoom and Webex meetings for every user of a groupware server.
 *
 * <p>Start at {@link org.meetbridge.MeetBridge}. Every value is immutable, every method may be
 * called by any thread, and every failure is a {@link org.meetbridge.MeetBridgeException}.
 */
package org.meetbridge;
