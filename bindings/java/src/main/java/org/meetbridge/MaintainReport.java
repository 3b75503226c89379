package org.meetbridge;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** What housekeeping did, and what is left to do. */
public final class MaintainReport extends Document {
    MaintainReport(Map<String, Object> members) {
        super(members);
    }

    /** {@return whether everything that was due is done; if not, call again} */
    public boolean isComplete() {
        return flag("complete");
    }

    /** {@return authorizations that would have lapsed unused} */
    public Renewals getRenewals() {
        return part("renewals", Renewals::new);
    }

    /** {@return new tokens that the store had not taken, and has now} */
    public int getRestored() {
        return number("restored");
    }

    /** {@return rows that were sealed anew with the first key} */
    public int getResealed() {
        return number("resealed");
    }

    /** {@return what had had its time} */
    public Purged getPurged() {
        return part("purged", Purged::new);
    }

    /** {@return of users' own webhooks, which Webex has} */
    public Webhooks getWebhooks() {
        return part("webhooks", Webhooks::new);
    }

    /** {@return what is left} */
    public Due getDue() {
        return part("due", Due::new);
    }

    /** {@return what could not be done, for an administrator} */
    public List<String> getProblems() {
        return texts("problems");
    }

    /** {@return how long it took} */
    public Duration getTook() {
        return Duration.ofMillis(longNumber("took_ms"));
    }

    /** Of authorizations that were not renewed for a while. */
    public static final class Renewals extends Document {
        Renewals(Map<String, Object> members) {
            super(members);
        }

        /** {@return good for another term} */
        public int getRenewed() {
            return number("renewed");
        }

        /** {@return to be tried again by the next call} */
        public int getFailed() {
            return number("failed");
        }

        /** {@return whose users must authorize again} */
        public int getEnded() {
            return number("ended");
        }

        /** {@return whose app is disabled or not in the settings any more} */
        public int getUnserved() {
            return number("unserved");
        }
    }

    /** What was removed. */
    public static final class Purged extends Document {
        Purged(Map<String, Object> members) {
            super(members);
        }

        /** {@return spent states and notifications that were seen} */
        public int getNonces() {
            return number("nonces");
        }

        /** {@return calendar entries whose meeting is long over} */
        public int getReferences() {
            return number("references");
        }

        /** {@return lines of the audit trail} */
        public int getAudit() {
            return number("audit");
        }
    }

    /** What was done about users' webhooks. */
    public static final class Webhooks extends Document {
        Webhooks(Map<String, Object> members) {
            super(members);
        }

        /** {@return those that were missing} */
        public int getCreated() {
            return number("created");
        }

        /** {@return those that were switched off} */
        public int getReactivated() {
            return number("reactivated");
        }

        /** {@return those that were there twice} */
        public int getRemoved() {
            return number("removed");
        }
    }

    /** What is left. */
    public static final class Due extends Document {
        Due(Map<String, Object> members) {
            super(members);
        }

        /** {@return authorizations to renew} */
        public int getRenewals() {
            return number("renewals");
        }

        /** {@return rows that still need an older key} */
        public int getReseals() {
            return number("reseals");
        }

        /** {@return whether new tokens wait beside the store} */
        public boolean isRestores() {
            return flag("restores");
        }

        /** {@return whether users' webhooks were not looked at} */
        public boolean isWebhooks() {
            return flag("webhooks");
        }

        /** {@return whether there is more that has had its time} */
        public boolean isPurges() {
            return flag("purges");
        }
    }
}
