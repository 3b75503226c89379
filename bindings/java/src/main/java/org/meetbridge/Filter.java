package org.meetbridge;

import java.time.Instant;
import java.util.Map;

/** Which part of a list is wanted. */
public final class Filter extends Document {
    private Filter(Map<String, Object> members) {
        super(members);
    }

    /** {@return a builder that has said nothing yet} */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The same part of the list, further on.
     *
     * @param next the {@link Page#getNext()} of the page before
     * @return a filter with everything else as it is here
     */
    public Filter after(String next) {
        Builder builder = new Builder();
        members().forEach(builder.members::put);
        return builder.next(next).build();
    }

    /** Says one thing after the other; null says nothing. */
    public static final class Builder {
        private final Members members = new Members();

        private Builder() {
        }

        /**
         * Nothing before this time; of meetings now unless said.
         *
         * @param time inclusive
         * @return this builder
         */
        public Builder from(Instant time) {
            members.put("from", time == null ? null : time.toString());
            return this;
        }

        /**
         * Nothing at or after this time; of meetings a year after the first unless said.
         *
         * @param time exclusive
         * @return this builder
         */
        public Builder to(Instant time) {
            members.put("to", time == null ? null : time.toString());
            return this;
        }

        /**
         * How many at most.
         *
         * @param size 1 to 300; 30 unless said
         * @return this builder
         */
        public Builder pageSize(int size) {
            members.put("page_size", size);
            return this;
        }

        /**
         * Where the page before ended. Everything else is said again as it was.
         *
         * @param next its {@link Page#getNext()}
         * @return this builder
         */
        public Builder next(String next) {
            members.put("next", next);
            return this;
        }

        /**
         * Whose meetings, for apps of an administrator.
         *
         * @param email his address at the provider
         * @return this builder
         */
        public Builder hostEmail(String email) {
            members.put("host_email", email);
            return this;
        }

        /** {@return what was said so far} */
        public Filter build() {
            return new Filter(members.build());
        }
    }
}
