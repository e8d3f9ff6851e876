-- The tables shared with pyfedi, as its own migrations leave them. Only an empty database gets them from us.
-- A blank line ends a statement.

CREATE TABLE activity_pub_log (
    id SERIAL NOT NULL,
    direction VARCHAR(3),
    activity_type VARCHAR(50),
    activity_json TEXT,
    result VARCHAR(10),
    exception_message TEXT,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    activity_id VARCHAR(256),
    PRIMARY KEY (id)
);

CREATE INDEX ix_activity_pub_log_activity_id ON activity_pub_log (activity_id);

CREATE TABLE allowed_instances (
    id SERIAL NOT NULL,
    domain VARCHAR(256),
    created_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (id)
);

CREATE INDEX ix_allowed_instances_domain ON allowed_instances (domain);

CREATE TABLE blocked_image (
    id SERIAL NOT NULL,
    file_name VARCHAR(255),
    note VARCHAR(255),
    hash BIT(256),
    PRIMARY KEY (id)
);

CREATE INDEX ix_blocked_image_file_name ON blocked_image (file_name);

CREATE INDEX ix_blocked_image_hash ON blocked_image (hash);

CREATE TABLE cms_page (
    id SERIAL NOT NULL,
    url VARCHAR(100),
    title VARCHAR(255),
    body TEXT,
    body_html TEXT,
    last_edited_by VARCHAR(50),
    created_at TIMESTAMP WITHOUT TIME ZONE,
    edited_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (id)
);

CREATE INDEX ix_cms_page_url ON cms_page (url);

CREATE TABLE cron_job_log (
    id SERIAL NOT NULL,
    name VARCHAR(255),
    last_run TIMESTAMP WITHOUT TIME ZONE,
    frequency INTERVAL,
    PRIMARY KEY (id),
    UNIQUE (name)
);

CREATE TABLE defederation_subscription (
    id SERIAL NOT NULL,
    domain VARCHAR(256),
    PRIMARY KEY (id)
);

CREATE INDEX ix_defederation_subscription_domain ON defederation_subscription (domain);

CREATE TABLE domain (
    id SERIAL NOT NULL,
    name VARCHAR(255),
    post_count INTEGER,
    banned BOOLEAN,
    notify_mods BOOLEAN,
    notify_admins BOOLEAN,
    post_warning VARCHAR(512),
    PRIMARY KEY (id)
);

CREATE INDEX ix_domain_banned ON domain (banned);

CREATE INDEX ix_domain_name ON domain (name);

CREATE INDEX ix_domain_notify_admins ON domain (notify_admins);

CREATE INDEX ix_domain_notify_mods ON domain (notify_mods);

CREATE TABLE emoji (
    id SERIAL NOT NULL,
    url VARCHAR(1024),
    token VARCHAR(20),
    category VARCHAR(20),
    aliases VARCHAR(100),
    instance_id INTEGER,
    PRIMARY KEY (id)
);

CREATE INDEX ix_emoji_aliases ON emoji (aliases);

CREATE INDEX ix_emoji_instance_id ON emoji (instance_id);

CREATE INDEX ix_emoji_token ON emoji (token);

CREATE TABLE file (
    id SERIAL NOT NULL,
    file_path VARCHAR(255),
    file_name VARCHAR(255),
    width INTEGER,
    height INTEGER,
    alt_text VARCHAR(1500),
    source_url VARCHAR(1024),
    thumbnail_path VARCHAR(255),
    thumbnail_width INTEGER,
    thumbnail_height INTEGER,
    hash BIT(256),
    PRIMARY KEY (id)
);

CREATE INDEX ix_file_hash ON file (hash);

CREATE TABLE instance (
    id SERIAL NOT NULL,
    domain VARCHAR(256),
    inbox VARCHAR(256),
    shared_inbox VARCHAR(256),
    outbox VARCHAR(256),
    software VARCHAR(50),
    version VARCHAR(50),
    created_at TIMESTAMP WITHOUT TIME ZONE,
    updated_at TIMESTAMP WITHOUT TIME ZONE,
    last_seen TIMESTAMP WITHOUT TIME ZONE,
    last_successful_send TIMESTAMP WITHOUT TIME ZONE,
    failures INTEGER,
    most_recent_attempt TIMESTAMP WITHOUT TIME ZONE,
    dormant BOOLEAN,
    start_trying_again TIMESTAMP WITHOUT TIME ZONE,
    gone_forever BOOLEAN,
    ip_address VARCHAR(50),
    trusted BOOLEAN,
    posting_warning VARCHAR(512),
    nodeinfo_href VARCHAR(100),
    admin_note TEXT,
    popular BOOLEAN DEFAULT true,
    PRIMARY KEY (id)
);

CREATE INDEX ix_instance_created_at_active ON instance (created_at DESC) WHERE gone_forever = false AND dormant = false;

CREATE UNIQUE INDEX ix_instance_domain ON instance (domain);

CREATE INDEX ix_instance_trusted ON instance (trusted);

CREATE TABLE instance_chooser (
    id SERIAL NOT NULL,
    domain VARCHAR(100),
    language_id INTEGER,
    nsfw BOOLEAN,
    newbie_friendly BOOLEAN,
    data JSON,
    hide BOOLEAN,
    PRIMARY KEY (id)
);

CREATE INDEX ix_instance_chooser_domain ON instance_chooser (domain);

CREATE INDEX ix_instance_chooser_hide ON instance_chooser (hide);

CREATE INDEX ix_instance_chooser_language_id ON instance_chooser (language_id);

CREATE INDEX ix_instance_chooser_newbie_friendly ON instance_chooser (newbie_friendly);

CREATE INDEX ix_instance_chooser_nsfw ON instance_chooser (nsfw);

CREATE TABLE interest (
    id SERIAL NOT NULL,
    name VARCHAR(50),
    communities TEXT,
    PRIMARY KEY (id)
);

CREATE TABLE ip_ban (
    id SERIAL NOT NULL,
    ip_address VARCHAR(50),
    notes VARCHAR(150),
    created_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (id)
);

CREATE INDEX ix_ip_ban_ip_address ON ip_ban (ip_address);

CREATE TABLE language (
    id SERIAL NOT NULL,
    code VARCHAR(5),
    name VARCHAR(50),
    PRIMARY KEY (id)
);

CREATE INDEX ix_language_code ON language (code);

CREATE TABLE licence (
    id SERIAL NOT NULL,
    name VARCHAR(50),
    PRIMARY KEY (id)
);

CREATE TABLE role (
    id SERIAL NOT NULL,
    name VARCHAR(50),
    weight INTEGER,
    PRIMARY KEY (id)
);

CREATE TABLE send_queue (
    id SERIAL NOT NULL,
    destination_domain VARCHAR(255),
    destination VARCHAR(1024),
    actor VARCHAR(255),
    private_key VARCHAR(2000),
    payload TEXT,
    retries INTEGER,
    max_retries INTEGER,
    retry_reason VARCHAR(255),
    created TIMESTAMP WITHOUT TIME ZONE,
    send_after TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (id)
);

CREATE INDEX ix_send_queue_actor ON send_queue (actor);

CREATE INDEX ix_send_queue_destination_domain ON send_queue (destination_domain);

CREATE INDEX ix_send_queue_send_after ON send_queue (send_after);

CREATE TABLE settings (
    name VARCHAR(50) NOT NULL,
    value VARCHAR(1024),
    PRIMARY KEY (name)
);

CREATE TABLE tag (
    id SERIAL NOT NULL,
    name VARCHAR(256),
    display_as VARCHAR(256),
    post_count INTEGER,
    banned BOOLEAN,
    PRIMARY KEY (id)
);

CREATE INDEX ix_tag_banned ON tag (banned);

CREATE INDEX ix_tag_name ON tag (name);

CREATE TABLE topic (
    id SERIAL NOT NULL,
    name VARCHAR(50),
    num_communities INTEGER,
    machine_name VARCHAR(50),
    parent_id INTEGER,
    show_posts_in_children BOOLEAN,
    PRIMARY KEY (id)
);

CREATE INDEX ix_topic_machine_name ON topic (machine_name);

CREATE TABLE banned_instances (
    id SERIAL NOT NULL,
    domain VARCHAR(256),
    reason VARCHAR(256),
    initiator VARCHAR(256),
    created_at TIMESTAMP WITHOUT TIME ZONE,
    subscription_id INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(subscription_id) REFERENCES defederation_subscription (id)
);

CREATE INDEX ix_banned_instances_domain ON banned_instances (domain);

CREATE INDEX ix_banned_instances_subscription_id ON banned_instances (subscription_id);

CREATE TABLE role_permission (
    role_id INTEGER NOT NULL,
    permission VARCHAR NOT NULL,
    PRIMARY KEY (role_id, permission),
    FOREIGN KEY(role_id) REFERENCES role (id)
);

CREATE INDEX ix_role_permission_permission ON role_permission (permission);

CREATE TABLE site (
    id SERIAL NOT NULL,
    name VARCHAR(256),
    description VARCHAR(256),
    icon_id INTEGER,
    public_key TEXT,
    private_key TEXT,
    enable_downvotes BOOLEAN,
    allow_local_image_posts BOOLEAN,
    remote_image_cache_days INTEGER,
    enable_nsfw BOOLEAN,
    enable_nsfl BOOLEAN,
    community_creation_admin_only BOOLEAN,
    reports_email_admins BOOLEAN,
    registration_mode VARCHAR(20),
    application_question TEXT,
    allow_or_block_list INTEGER,
    allowlist TEXT,
    blocklist TEXT,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    updated TIMESTAMP WITHOUT TIME ZONE,
    last_active TIMESTAMP WITHOUT TIME ZONE,
    log_activitypub_json BOOLEAN,
    default_theme VARCHAR(20),
    auto_decline_referrers TEXT,
    blocked_phrases TEXT,
    contact_email VARCHAR(255),
    logo VARCHAR(40),
    logo_152 VARCHAR(40),
    logo_32 VARCHAR(40),
    logo_16 VARCHAR(40),
    show_inoculation_block BOOLEAN,
    default_filter VARCHAR(20),
    additional_css TEXT,
    private_instance BOOLEAN,
    logo_180 VARCHAR(40),
    enable_gif_reply_rep_decrease BOOLEAN,
    enable_chan_image_filter BOOLEAN,
    enable_this_comment_filter BOOLEAN,
    language_id INTEGER,
    additional_js TEXT,
    tos_url VARCHAR(256),
    sidebar_html TEXT,
    legal_information_html TEXT,
    about_html TEXT,
    sidebar TEXT,
    legal_information TEXT,
    about TEXT,
    honeypot BOOLEAN DEFAULT true,
    privacy_url VARCHAR(256),
    PRIMARY KEY (id),
    FOREIGN KEY(icon_id) REFERENCES file (id)
);

CREATE TABLE "user" (
    id SERIAL NOT NULL,
    user_name VARCHAR(255),
    email VARCHAR(255),
    password_hash VARCHAR(165),
    verified BOOLEAN,
    banned BOOLEAN,
    about TEXT,
    keywords VARCHAR(256),
    hide_nsfw INTEGER,
    hide_nsfl INTEGER,
    created TIMESTAMP WITHOUT TIME ZONE,
    last_seen TIMESTAMP WITHOUT TIME ZONE,
    avatar_id INTEGER,
    cover_id INTEGER,
    public_key TEXT,
    private_key TEXT,
    newsletter BOOLEAN,
    bounces SMALLINT,
    timezone VARCHAR(30),
    stripe_customer_id VARCHAR(50),
    stripe_subscription_id VARCHAR(50),
    searchable BOOLEAN,
    ap_id VARCHAR(255),
    ap_profile_id VARCHAR(255),
    ap_public_url VARCHAR(255),
    ap_fetched_at TIMESTAMP WITHOUT TIME ZONE,
    ap_followers_url VARCHAR(255),
    ap_preferred_username VARCHAR(255),
    ap_manually_approves_followers BOOLEAN,
    ap_deleted_at TIMESTAMP WITHOUT TIME ZONE,
    ap_inbox_url VARCHAR(255),
    ap_domain VARCHAR(255),
    search_vector TSVECTOR,
    deleted BOOLEAN,
    indexable BOOLEAN,
    verification_token VARCHAR(16),
    reputation DOUBLE PRECISION,
    bot BOOLEAN,
    ignore_bots INTEGER,
    unread_notifications INTEGER,
    attitude DOUBLE PRECISION,
    about_html TEXT,
    instance_id INTEGER,
    matrix_user_id VARCHAR(256),
    ip_address VARCHAR(50),
    title VARCHAR(256),
    reports INTEGER,
    default_sort VARCHAR(25),
    theme VARCHAR(20),
    email_unread BOOLEAN,
    email_unread_sent BOOLEAN,
    receive_message_mode VARCHAR(20),
    referrer VARCHAR(256),
    markdown_editor BOOLEAN,
    interface_language VARCHAR(10),
    language_id INTEGER,
    reply_collapse_threshold INTEGER,
    reply_hide_threshold INTEGER,
    ip_address_country VARCHAR(50),
    default_filter VARCHAR(25),
    alt_user_name VARCHAR(255),
    post_count INTEGER,
    post_reply_count INTEGER,
    hide_read_posts BOOLEAN,
    deleted_by INTEGER,
    banned_until TIMESTAMP WITHOUT TIME ZONE,
    ban_posts BOOLEAN,
    ban_comments BOOLEAN,
    feed_auto_follow BOOLEAN,
    feed_auto_leave BOOLEAN,
    read_language_ids INTEGER[],
    accept_private_messages INTEGER,
    google_oauth_id VARCHAR(64),
    font VARCHAR(25),
    hide_low_quality BOOLEAN,
    vote_privately BOOLEAN,
    additional_css TEXT,
    show_subscribed_communities BOOLEAN,
    mastodon_oauth_id VARCHAR(64),
    discord_oauth_id VARCHAR(64),
    password_updated_at TIMESTAMP WITHOUT TIME ZONE,
    bot_override BOOLEAN,
    community_keyword_filter VARCHAR(150),
    suppress_crossposts BOOLEAN,
    default_comment_sort VARCHAR(10),
    code_style VARCHAR(25),
    hide_gen_ai INTEGER DEFAULT 2,
    admin_note TEXT,
    finished_onboarding BOOLEAN,
    allow_community_themes BOOLEAN DEFAULT true,
    PRIMARY KEY (id),
    FOREIGN KEY(avatar_id) REFERENCES file (id),
    FOREIGN KEY(cover_id) REFERENCES file (id),
    FOREIGN KEY(instance_id) REFERENCES instance (id),
    FOREIGN KEY(language_id) REFERENCES language (id)
);

CREATE INDEX idx_user_user_name_lower ON "user" (lower(user_name));

CREATE INDEX ix_user_alt_user_name ON "user" (alt_user_name);

CREATE INDEX ix_user_ap_id ON "user" (ap_id);

CREATE UNIQUE INDEX ix_user_ap_profile_id ON "user" (ap_profile_id);

CREATE INDEX ix_user_avatar_id ON "user" (avatar_id);

CREATE INDEX ix_user_banned ON "user" (banned);

CREATE INDEX ix_user_bot ON "user" (bot);

CREATE INDEX ix_user_bot_override ON "user" (bot_override);

CREATE INDEX ix_user_cover_id ON "user" (cover_id);

CREATE INDEX ix_user_deleted_by ON "user" (deleted_by);

CREATE UNIQUE INDEX ix_user_discord_oauth_id ON "user" (discord_oauth_id);

CREATE INDEX ix_user_email ON "user" (email);

CREATE UNIQUE INDEX ix_user_google_oauth_id ON "user" (google_oauth_id);

CREATE INDEX ix_user_instance_id ON "user" (instance_id);

CREATE INDEX ix_user_last_seen ON "user" (last_seen);

CREATE UNIQUE INDEX ix_user_mastodon_oauth_id ON "user" (mastodon_oauth_id);

CREATE INDEX ix_user_suppress_crossposts ON "user" (suppress_crossposts);

CREATE INDEX ix_user_user_name ON "user" (user_name);

CREATE INDEX ix_user_verification_token ON "user" (verification_token);

CREATE TABLE activity_log (
    id SERIAL NOT NULL,
    user_id INTEGER,
    activity_type VARCHAR(64),
    activity VARCHAR(255),
    timestamp TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id)
);

CREATE INDEX ix_activity_log_timestamp ON activity_log (timestamp);

CREATE INDEX ix_activity_log_user_id ON activity_log (user_id);

CREATE TABLE archived_post_reply (
    id SERIAL NOT NULL,
    user_id INTEGER,
    post_id INTEGER,
    post_reply_id INTEGER,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id)
);

CREATE INDEX ix_archived_post_reply_post_id ON archived_post_reply (post_id);

CREATE INDEX ix_archived_post_reply_user_id ON archived_post_reply (user_id);

CREATE TABLE community (
    id SERIAL NOT NULL,
    icon_id INTEGER,
    name VARCHAR(256),
    title VARCHAR(256),
    description TEXT,
    rules TEXT,
    subscriptions_count INTEGER,
    post_count INTEGER,
    post_reply_count INTEGER,
    nsfw BOOLEAN,
    nsfl BOOLEAN,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    last_active TIMESTAMP WITHOUT TIME ZONE,
    public_key TEXT,
    private_key TEXT,
    ap_id VARCHAR(255),
    ap_profile_id VARCHAR(255),
    ap_followers_url VARCHAR(255),
    ap_preferred_username VARCHAR(255),
    ap_discoverable BOOLEAN,
    ap_public_url VARCHAR(255),
    ap_fetched_at TIMESTAMP WITHOUT TIME ZONE,
    ap_deleted_at TIMESTAMP WITHOUT TIME ZONE,
    ap_inbox_url VARCHAR(255),
    ap_domain VARCHAR(255),
    banned BOOLEAN,
    searchable BOOLEAN,
    search_vector TSVECTOR,
    restricted_to_mods BOOLEAN,
    image_id INTEGER,
    private_mods BOOLEAN,
    user_id INTEGER,
    ap_moderators_url VARCHAR(255),
    content_warning TEXT,
    low_quality BOOLEAN,
    new_mods_wanted BOOLEAN,
    instance_id INTEGER,
    description_html TEXT,
    content_retention INTEGER,
    show_popular BOOLEAN,
    show_all BOOLEAN,
    local_only BOOLEAN,
    topic_id INTEGER,
    default_layout VARCHAR(15),
    ap_outbox_url VARCHAR(255),
    ap_featured_url VARCHAR(255),
    posting_warning VARCHAR(512),
    ignore_remote_language BOOLEAN,
    downvote_accept_mode INTEGER,
    total_subscriptions_count INTEGER,
    active_daily INTEGER,
    active_weekly INTEGER,
    active_monthly INTEGER,
    active_6monthly INTEGER,
    rss_url VARCHAR(2048),
    private BOOLEAN,
    can_be_archived BOOLEAN DEFAULT true,
    default_post_type VARCHAR(15),
    always_translate BOOLEAN,
    post_url_type VARCHAR(15),
    question_answer BOOLEAN DEFAULT false,
    ai_generated BOOLEAN,
    ignore_remote_gen_ai BOOLEAN,
    first_federated_at TIMESTAMP WITHOUT TIME ZONE DEFAULT now(),
    encrypted BOOLEAN DEFAULT false,
    invitations INTEGER DEFAULT 0,
    theme VARCHAR(20),
    PRIMARY KEY (id),
    FOREIGN KEY(icon_id) REFERENCES file (id),
    FOREIGN KEY(image_id) REFERENCES file (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(instance_id) REFERENCES instance (id),
    FOREIGN KEY(topic_id) REFERENCES topic (id)
);

CREATE INDEX idx_community_fts ON community USING gin (search_vector);

CREATE INDEX ix_community_ai_generated ON community (ai_generated);

CREATE INDEX ix_community_ap_id ON community (ap_id);

CREATE UNIQUE INDEX ix_community_ap_profile_id ON community (ap_profile_id);

CREATE INDEX ix_community_can_be_archived ON community (can_be_archived);

CREATE INDEX ix_community_first_federated_at ON community (first_federated_at);

CREATE INDEX ix_community_instance_id ON community (instance_id);

CREATE INDEX ix_community_name ON community (name);

CREATE INDEX ix_community_topic_id ON community (topic_id);

CREATE TABLE conversation (
    id SERIAL NOT NULL,
    user_id INTEGER,
    reported BOOLEAN,
    read BOOLEAN,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    updated_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id)
);

CREATE INDEX ix_conversation_user_id ON conversation (user_id);

CREATE TABLE domain_block (
    user_id INTEGER NOT NULL,
    domain_id INTEGER NOT NULL,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (user_id, domain_id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(domain_id) REFERENCES domain (id)
);

CREATE TABLE feed (
    id SERIAL NOT NULL,
    user_id INTEGER,
    title VARCHAR(256),
    name VARCHAR(256),
    machine_name VARCHAR(50),
    description TEXT,
    description_html TEXT,
    nsfw BOOLEAN,
    nsfl BOOLEAN,
    public_key TEXT,
    private_key TEXT,
    subscriptions_count INTEGER,
    instance_id INTEGER,
    icon_id INTEGER,
    image_id INTEGER,
    num_communities INTEGER,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    public BOOLEAN,
    last_edit TIMESTAMP WITHOUT TIME ZONE,
    parent_feed_id INTEGER,
    is_instance_feed BOOLEAN,
    ap_id VARCHAR(255),
    ap_profile_id VARCHAR(255),
    ap_public_url VARCHAR(255),
    ap_followers_url VARCHAR(255),
    ap_following_url VARCHAR(255),
    ap_domain VARCHAR(255),
    ap_preferred_username VARCHAR(255),
    ap_discoverable BOOLEAN,
    ap_fetched_at TIMESTAMP WITHOUT TIME ZONE,
    ap_deleted_at TIMESTAMP WITHOUT TIME ZONE,
    ap_inbox_url VARCHAR(255),
    ap_outbox_url VARCHAR(255),
    ap_moderators_url VARCHAR(255),
    banned BOOLEAN,
    searchable BOOLEAN,
    show_posts_in_children BOOLEAN,
    search_vector TSVECTOR,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(instance_id) REFERENCES instance (id),
    FOREIGN KEY(icon_id) REFERENCES file (id),
    FOREIGN KEY(image_id) REFERENCES file (id),
    FOREIGN KEY(parent_feed_id) REFERENCES feed (id)
);

CREATE INDEX ix_feed_ap_id ON feed (ap_id);

CREATE UNIQUE INDEX ix_feed_ap_profile_id ON feed (ap_profile_id);

CREATE INDEX ix_feed_instance_id ON feed (instance_id);

CREATE INDEX ix_feed_is_instance_feed ON feed (is_instance_feed);

CREATE INDEX ix_feed_machine_name ON feed (machine_name);

CREATE UNIQUE INDEX ix_feed_name ON feed (name);

CREATE INDEX ix_feed_parent_feed_id ON feed (parent_feed_id);

CREATE INDEX ix_feed_public ON feed (public);

CREATE INDEX ix_feed_user_id ON feed (user_id);

CREATE TABLE filter (
    id SERIAL NOT NULL,
    title VARCHAR(50),
    filter_posts BOOLEAN,
    filter_replies BOOLEAN,
    hide_type INTEGER,
    user_id INTEGER,
    filter_home BOOLEAN,
    expire_after DATE,
    keywords VARCHAR(500),
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id)
);

CREATE INDEX ix_filter_user_id ON filter (user_id);

CREATE TABLE instance_ban (
    user_id INTEGER NOT NULL,
    instance_id INTEGER NOT NULL,
    banned_until TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (user_id, instance_id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(instance_id) REFERENCES instance (id)
);

CREATE TABLE instance_block (
    user_id INTEGER NOT NULL,
    instance_id INTEGER NOT NULL,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (user_id, instance_id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(instance_id) REFERENCES instance (id)
);

CREATE TABLE instance_role (
    instance_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    role VARCHAR(50),
    PRIMARY KEY (instance_id, user_id),
    FOREIGN KEY(instance_id) REFERENCES instance (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id)
);

CREATE TABLE notification (
    id SERIAL NOT NULL,
    title VARCHAR(150),
    url VARCHAR(512),
    read BOOLEAN,
    user_id INTEGER,
    author_id INTEGER,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    notif_type INTEGER,
    subtype VARCHAR(50),
    targets JSON,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(author_id) REFERENCES "user" (id)
);

CREATE INDEX ix_notification_notif_type ON notification (notif_type);

CREATE INDEX ix_notification_subtype ON notification (subtype);

CREATE INDEX ix_notification_user_id ON notification (user_id);

CREATE TABLE notification_subscription (
    id SERIAL NOT NULL,
    name VARCHAR(256),
    type INTEGER,
    entity_id INTEGER,
    user_id INTEGER,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id)
);

CREATE INDEX ix_notification_subscription_entity_id ON notification_subscription (entity_id);

CREATE INDEX ix_notification_subscription_type ON notification_subscription (type);

CREATE INDEX ix_notification_subscription_user_id ON notification_subscription (user_id);

CREATE TABLE passkey (
    id SERIAL NOT NULL,
    passkey_id VARCHAR(256),
    user_id INTEGER,
    public_key BYTEA,
    created TIMESTAMP WITHOUT TIME ZONE,
    used TIMESTAMP WITHOUT TIME ZONE,
    device VARCHAR(50),
    counter INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id)
);

CREATE INDEX ix_passkey_user_id ON passkey (user_id);

CREATE TABLE reminder (
    id SERIAL NOT NULL,
    user_id INTEGER,
    remind_at TIMESTAMP WITHOUT TIME ZONE,
    reminder_type INTEGER,
    reminder_destination INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id)
);

CREATE INDEX ix_reminder_user_id ON reminder (user_id);

CREATE TABLE user_block (
    id SERIAL NOT NULL,
    blocker_id INTEGER,
    blocked_id INTEGER,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (id),
    FOREIGN KEY(blocker_id) REFERENCES "user" (id),
    FOREIGN KEY(blocked_id) REFERENCES "user" (id)
);

CREATE INDEX ix_user_block_blocked_id ON user_block (blocked_id);

CREATE INDEX ix_user_block_blocker_id ON user_block (blocker_id);

CREATE TABLE user_extra_field (
    id SERIAL NOT NULL,
    user_id INTEGER,
    label VARCHAR(1024),
    text VARCHAR(1024),
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id)
);

CREATE INDEX ix_user_extra_field_user_id ON user_extra_field (user_id);

CREATE TABLE user_file (
    user_id INTEGER NOT NULL,
    file_id INTEGER NOT NULL,
    size INTEGER,
    PRIMARY KEY (user_id, file_id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(file_id) REFERENCES file (id)
);

CREATE TABLE user_follow_request (
    id SERIAL NOT NULL,
    user_id INTEGER,
    follow_id INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(follow_id) REFERENCES "user" (id)
);

CREATE TABLE user_follower (
    local_user_id INTEGER NOT NULL,
    remote_user_id INTEGER NOT NULL,
    is_accepted BOOLEAN,
    is_inward BOOLEAN,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (local_user_id, remote_user_id),
    FOREIGN KEY(local_user_id) REFERENCES "user" (id),
    FOREIGN KEY(remote_user_id) REFERENCES "user" (id)
);

CREATE TABLE user_note (
    id SERIAL NOT NULL,
    user_id INTEGER,
    target_id INTEGER,
    body TEXT,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(target_id) REFERENCES "user" (id)
);

CREATE INDEX ix_user_note_target_id ON user_note (target_id);

CREATE INDEX ix_user_note_user_id ON user_note (user_id);

CREATE TABLE user_registration (
    id SERIAL NOT NULL,
    user_id INTEGER,
    answer VARCHAR(512),
    status INTEGER,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    approved_at TIMESTAMP WITHOUT TIME ZONE,
    approved_by INTEGER,
    warning VARCHAR(100),
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(approved_by) REFERENCES "user" (id)
);

CREATE INDEX ix_user_registration_status ON user_registration (status);

CREATE INDEX ix_user_registration_user_id ON user_registration (user_id);

CREATE TABLE user_role (
    user_id INTEGER NOT NULL,
    role_id INTEGER NOT NULL,
    PRIMARY KEY (user_id, role_id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(role_id) REFERENCES role (id)
);

CREATE TABLE activity_batch (
    id SERIAL NOT NULL,
    instance_id INTEGER,
    community_id INTEGER,
    source_type INTEGER,
    source_id INTEGER,
    payload JSON,
    created TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (id),
    FOREIGN KEY(instance_id) REFERENCES instance (id),
    FOREIGN KEY(community_id) REFERENCES community (id)
);

CREATE INDEX ix_activity_batch_community_id ON activity_batch (community_id);

CREATE INDEX ix_activity_batch_instance_id ON activity_batch (instance_id);

CREATE INDEX ix_activity_batch_source_id ON activity_batch (source_id);

CREATE INDEX ix_activity_batch_source_type ON activity_batch (source_type);

CREATE TABLE chat_message (
    id SERIAL NOT NULL,
    sender_id INTEGER,
    recipient_id INTEGER,
    body TEXT,
    body_html TEXT,
    reported BOOLEAN,
    read BOOLEAN,
    encrypted VARCHAR(15),
    created_at TIMESTAMP WITHOUT TIME ZONE,
    conversation_id INTEGER,
    ap_id VARCHAR(255),
    edited_at TIMESTAMP WITHOUT TIME ZONE,
    deleted BOOLEAN,
    PRIMARY KEY (id),
    FOREIGN KEY(sender_id) REFERENCES "user" (id),
    FOREIGN KEY(recipient_id) REFERENCES "user" (id),
    FOREIGN KEY(conversation_id) REFERENCES conversation (id)
);

CREATE UNIQUE INDEX ix_chat_message_ap_id ON chat_message (ap_id);

CREATE INDEX ix_chat_message_conversation_id ON chat_message (conversation_id);

CREATE INDEX ix_chat_message_recipient_id ON chat_message (recipient_id);

CREATE INDEX ix_chat_message_sender_id ON chat_message (sender_id);

CREATE TABLE community_ban (
    user_id INTEGER NOT NULL,
    community_id INTEGER NOT NULL,
    banned_by INTEGER,
    reason VARCHAR(256),
    created_at TIMESTAMP WITHOUT TIME ZONE,
    ban_until TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (user_id, community_id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(community_id) REFERENCES community (id),
    FOREIGN KEY(banned_by) REFERENCES "user" (id)
);

CREATE TABLE community_block (
    user_id INTEGER NOT NULL,
    community_id INTEGER NOT NULL,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (user_id, community_id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(community_id) REFERENCES community (id)
);

CREATE TABLE community_flair (
    id SERIAL NOT NULL,
    community_id INTEGER,
    flair VARCHAR(50),
    text_color VARCHAR(50),
    background_color VARCHAR(50),
    blur_images BOOLEAN,
    ap_id VARCHAR(255),
    PRIMARY KEY (id),
    FOREIGN KEY(community_id) REFERENCES community (id)
);

CREATE UNIQUE INDEX ix_community_flair_ap_id ON community_flair (ap_id);

CREATE INDEX ix_community_flair_community_id ON community_flair (community_id);

CREATE INDEX ix_community_flair_flair ON community_flair (flair);

CREATE TABLE community_invitation (
    id SERIAL NOT NULL,
    token VARCHAR(25),
    community_id INTEGER,
    user_id INTEGER,
    inviter_id INTEGER,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (id),
    FOREIGN KEY(community_id) REFERENCES community (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(inviter_id) REFERENCES "user" (id)
);

CREATE INDEX ix_community_invitation_token ON community_invitation (token);

CREATE TABLE community_join_request (
    id SERIAL NOT NULL,
    user_id INTEGER,
    community_id INTEGER,
    joined_via_feed BOOLEAN,
    uuid UUID,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(community_id) REFERENCES community (id)
);

CREATE INDEX ix_community_join_request_community_id ON community_join_request (community_id);

CREATE INDEX ix_community_join_request_uuid ON community_join_request (uuid);

CREATE TABLE community_language (
    community_id INTEGER NOT NULL,
    language_id INTEGER NOT NULL,
    PRIMARY KEY (community_id, language_id),
    FOREIGN KEY(community_id) REFERENCES community (id),
    FOREIGN KEY(language_id) REFERENCES language (id)
);

CREATE TABLE community_member (
    user_id INTEGER NOT NULL,
    community_id INTEGER NOT NULL,
    is_moderator BOOLEAN,
    is_owner BOOLEAN,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    is_banned BOOLEAN,
    notify_new_posts BOOLEAN,
    joined_via_feed BOOLEAN,
    PRIMARY KEY (user_id, community_id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(community_id) REFERENCES community (id)
);

CREATE INDEX ix_community_member_community_banned ON community_member (community_id, is_banned);

CREATE INDEX ix_community_member_is_banned ON community_member (is_banned);

CREATE TABLE community_theme_allowed (
    community_id INTEGER NOT NULL,
    allowed BOOLEAN,
    user_id INTEGER NOT NULL,
    FOREIGN KEY(community_id) REFERENCES community (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id)
);

CREATE TABLE community_wiki_page (
    id SERIAL NOT NULL,
    community_id INTEGER,
    slug VARCHAR(100),
    title VARCHAR(255),
    body TEXT,
    body_html TEXT,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    edited_at TIMESTAMP WITHOUT TIME ZONE,
    who_can_edit INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(community_id) REFERENCES community (id)
);

CREATE INDEX ix_community_wiki_page_community_id ON community_wiki_page (community_id);

CREATE INDEX ix_community_wiki_page_slug ON community_wiki_page (slug);

CREATE TABLE conversation_member (
    user_id INTEGER NOT NULL,
    conversation_id INTEGER NOT NULL,
    joined BOOLEAN DEFAULT true,
    PRIMARY KEY (user_id, conversation_id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(conversation_id) REFERENCES conversation (id)
);

CREATE TABLE feed_item (
    id SERIAL NOT NULL,
    feed_id INTEGER,
    community_id INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(feed_id) REFERENCES feed (id),
    FOREIGN KEY(community_id) REFERENCES community (id)
);

CREATE INDEX ix_feed_item_community_id ON feed_item (community_id);

CREATE INDEX ix_feed_item_feed_id ON feed_item (feed_id);

CREATE TABLE feed_join_request (
    id SERIAL NOT NULL,
    user_id INTEGER,
    feed_id INTEGER,
    uuid UUID,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(feed_id) REFERENCES feed (id)
);

CREATE INDEX ix_feed_join_request_feed_id ON feed_join_request (feed_id);

CREATE INDEX ix_feed_join_request_uuid ON feed_join_request (uuid);

CREATE TABLE feed_member (
    id SERIAL NOT NULL,
    feed_id INTEGER,
    user_id INTEGER,
    is_owner BOOLEAN,
    notify_new_communities BOOLEAN,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    is_banned BOOLEAN,
    PRIMARY KEY (id),
    FOREIGN KEY(feed_id) REFERENCES feed (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id)
);

CREATE INDEX ix_feed_member_feed_id ON feed_member (feed_id);

CREATE INDEX ix_feed_member_is_banned ON feed_member (is_banned);

CREATE INDEX ix_feed_member_user_id ON feed_member (user_id);

CREATE TABLE post (
    id SERIAL NOT NULL,
    user_id INTEGER,
    community_id INTEGER,
    image_id INTEGER,
    domain_id INTEGER,
    slug VARCHAR(255),
    title VARCHAR(255),
    url VARCHAR(2048),
    body TEXT,
    type INTEGER,
    has_embed BOOLEAN,
    reply_count INTEGER,
    score INTEGER,
    nsfw BOOLEAN,
    nsfl BOOLEAN,
    sticky BOOLEAN,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    posted_at TIMESTAMP WITHOUT TIME ZONE,
    last_active TIMESTAMP WITHOUT TIME ZONE,
    ip VARCHAR(50),
    up_votes INTEGER,
    down_votes INTEGER,
    ranking INTEGER,
    edited_at TIMESTAMP WITHOUT TIME ZONE,
    ap_id VARCHAR(255),
    search_vector TSVECTOR,
    body_html TEXT,
    ap_create_id VARCHAR(100),
    ap_announce_id VARCHAR(100),
    indexable BOOLEAN,
    comments_enabled BOOLEAN,
    from_bot BOOLEAN,
    notify_author BOOLEAN,
    instance_id INTEGER,
    mea_culpa BOOLEAN,
    reports INTEGER,
    cross_posts INTEGER[],
    language_id INTEGER,
    deleted BOOLEAN,
    microblog BOOLEAN,
    deleted_by INTEGER,
    licence_id INTEGER,
    ranking_scaled INTEGER,
    ap_updated TIMESTAMP WITHOUT TIME ZONE,
    scheduled_for TIMESTAMP WITHOUT TIME ZONE,
    repeat VARCHAR(20),
    stop_repeating TIMESTAMP WITHOUT TIME ZONE,
    status INTEGER,
    timezone VARCHAR(30),
    archived VARCHAR(100),
    ai_generated BOOLEAN DEFAULT false,
    emoji_reactions JSON,
    instance_sticky BOOLEAN DEFAULT false,
    reply_count_cross_posted INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(community_id) REFERENCES community (id),
    FOREIGN KEY(image_id) REFERENCES file (id),
    FOREIGN KEY(domain_id) REFERENCES domain (id),
    FOREIGN KEY(instance_id) REFERENCES instance (id),
    FOREIGN KEY(language_id) REFERENCES language (id),
    FOREIGN KEY(licence_id) REFERENCES licence (id)
);

CREATE INDEX idx_post_fts ON post USING gin (search_vector);

CREATE INDEX idx_post_reports_gt_0 ON post (id) WHERE reports > 0;

CREATE INDEX ix_post_ai_generated ON post (ai_generated);

CREATE UNIQUE INDEX ix_post_ap_id ON post (ap_id);

CREATE INDEX ix_post_community_created_bot ON post (community_id, created_at) WHERE from_bot = false;

CREATE INDEX ix_post_community_id ON post (community_id);

CREATE INDEX ix_post_community_id_not_deleted ON post (community_id) WHERE deleted = false;

CREATE INDEX ix_post_community_posted_bot ON post (community_id, posted_at) WHERE from_bot = false;

CREATE INDEX ix_post_created_at ON post (created_at);

CREATE INDEX ix_post_deleted ON post (deleted);

CREATE INDEX ix_post_deleted_by ON post (deleted_by);

CREATE INDEX ix_post_domain_id ON post (domain_id);

CREATE INDEX ix_post_feed_active ON post (last_active DESC) WHERE deleted = false AND status > 0 AND last_active IS NOT NULL;

CREATE INDEX ix_post_feed_community ON post (community_id, sticky DESC, posted_at DESC) WHERE deleted = false AND status > 0;

CREATE INDEX ix_post_feed_hot ON post (instance_sticky DESC, ranking DESC, posted_at DESC) WHERE deleted = false AND status > 0;

CREATE INDEX ix_post_feed_new ON post (instance_sticky DESC, posted_at DESC) WHERE deleted = false AND status > 0;

CREATE INDEX ix_post_feed_scaled ON post (instance_sticky DESC, ranking_scaled DESC, ranking DESC, posted_at DESC) WHERE deleted = false AND status > 0;

CREATE INDEX ix_post_feed_top ON post (posted_at DESC, score DESC) WHERE deleted = false AND status > 0;

CREATE INDEX ix_post_from_bot ON post (from_bot);

CREATE INDEX ix_post_image_id ON post (image_id);

CREATE INDEX ix_post_indexable ON post (indexable);

CREATE INDEX ix_post_instance_id ON post (instance_id);

CREATE INDEX ix_post_instance_sticky ON post (instance_sticky);

CREATE INDEX ix_post_language_id ON post (language_id);

CREATE INDEX ix_post_last_active ON post (last_active);

CREATE INDEX ix_post_licence_id ON post (licence_id);

CREATE INDEX ix_post_nsfl ON post (nsfl);

CREATE INDEX ix_post_nsfw ON post (nsfw);

CREATE INDEX ix_post_posted_at ON post (posted_at);

CREATE INDEX ix_post_ranking ON post (ranking);

CREATE INDEX ix_post_ranking_scaled ON post (ranking_scaled);

CREATE INDEX ix_post_reply_count ON post (reply_count);

CREATE INDEX ix_post_scheduled_for ON post (scheduled_for);

CREATE INDEX ix_post_score ON post (score);

CREATE INDEX ix_post_status ON post (status);

CREATE INDEX ix_post_sticky ON post (sticky);

CREATE INDEX ix_post_stop_repeating ON post (stop_repeating);

CREATE INDEX ix_post_user_id ON post (user_id);

CREATE INDEX ix_post_user_id_not_deleted ON post (user_id) WHERE deleted = false;

CREATE TABLE scheduled_post (
    id SERIAL NOT NULL,
    user_id INTEGER,
    community_id INTEGER,
    image_id INTEGER,
    domain_id INTEGER,
    licence_id INTEGER,
    title VARCHAR(255),
    url VARCHAR(2048),
    body TEXT,
    microblog BOOLEAN,
    nsfw BOOLEAN,
    nsfl BOOLEAN,
    sticky BOOLEAN,
    indexable BOOLEAN,
    from_bot BOOLEAN,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    language_id INTEGER,
    scheduled_for TIMESTAMP WITHOUT TIME ZONE,
    repeat VARCHAR(20),
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(community_id) REFERENCES community (id),
    FOREIGN KEY(image_id) REFERENCES file (id),
    FOREIGN KEY(domain_id) REFERENCES domain (id),
    FOREIGN KEY(licence_id) REFERENCES licence (id),
    FOREIGN KEY(language_id) REFERENCES language (id)
);

CREATE INDEX ix_scheduled_post_community_id ON scheduled_post (community_id);

CREATE INDEX ix_scheduled_post_created_at ON scheduled_post (created_at);

CREATE INDEX ix_scheduled_post_domain_id ON scheduled_post (domain_id);

CREATE INDEX ix_scheduled_post_from_bot ON scheduled_post (from_bot);

CREATE INDEX ix_scheduled_post_image_id ON scheduled_post (image_id);

CREATE INDEX ix_scheduled_post_language_id ON scheduled_post (language_id);

CREATE INDEX ix_scheduled_post_licence_id ON scheduled_post (licence_id);

CREATE INDEX ix_scheduled_post_nsfl ON scheduled_post (nsfl);

CREATE INDEX ix_scheduled_post_nsfw ON scheduled_post (nsfw);

CREATE INDEX ix_scheduled_post_scheduled_for ON scheduled_post (scheduled_for);

CREATE INDEX ix_scheduled_post_sticky ON scheduled_post (sticky);

CREATE INDEX ix_scheduled_post_user_id ON scheduled_post (user_id);

CREATE TABLE user_flair (
    id SERIAL NOT NULL,
    user_id INTEGER,
    community_id INTEGER,
    flair VARCHAR(50),
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(community_id) REFERENCES community (id)
);

CREATE INDEX ix_user_flair_community_id ON user_flair (community_id);

CREATE INDEX ix_user_flair_flair ON user_flair (flair);

CREATE INDEX ix_user_flair_user_id ON user_flair (user_id);

CREATE TABLE community_wiki_page_revision (
    id SERIAL NOT NULL,
    wiki_page_id INTEGER,
    community_id INTEGER,
    user_id INTEGER,
    title VARCHAR(255),
    body TEXT,
    body_html TEXT,
    edited_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (id),
    FOREIGN KEY(wiki_page_id) REFERENCES community_wiki_page (id),
    FOREIGN KEY(community_id) REFERENCES community (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id)
);

CREATE INDEX ix_community_wiki_page_revision_community_id ON community_wiki_page_revision (community_id);

CREATE INDEX ix_community_wiki_page_revision_wiki_page_id ON community_wiki_page_revision (wiki_page_id);

CREATE TABLE event (
    post_id INTEGER NOT NULL,
    start TIMESTAMP WITHOUT TIME ZONE,
    "end" TIMESTAMP WITHOUT TIME ZONE,
    max_attendees INTEGER,
    "full" BOOLEAN,
    online_link VARCHAR(1024),
    buy_tickets_link VARCHAR(1024),
    event_fee_currency VARCHAR(4),
    event_fee_amount DOUBLE PRECISION,
    timezone VARCHAR(30),
    participant_count INTEGER,
    join_mode VARCHAR(10),
    external_participation_url VARCHAR(1024),
    anonymous_participation BOOLEAN,
    online BOOLEAN,
    location JSON,
    PRIMARY KEY (post_id),
    FOREIGN KEY(post_id) REFERENCES post (id)
);

CREATE INDEX ix_event_start ON event (start);

CREATE TABLE event_user (
    post_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    status INTEGER,
    participation_message VARCHAR(200),
    PRIMARY KEY (post_id, user_id),
    FOREIGN KEY(post_id) REFERENCES post (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id)
);

CREATE TABLE hidden_posts (
    user_id INTEGER NOT NULL,
    hidden_post_id INTEGER NOT NULL,
    interacted_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (user_id, hidden_post_id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(hidden_post_id) REFERENCES post (id)
);

CREATE INDEX ix_hidden_posts_interacted_at ON hidden_posts (interacted_at);

CREATE INDEX ix_hidden_posts_user_post ON hidden_posts (user_id, hidden_post_id);

CREATE TABLE poll (
    post_id INTEGER NOT NULL,
    end_poll TIMESTAMP WITHOUT TIME ZONE,
    mode VARCHAR(10),
    local_only BOOLEAN,
    latest_vote TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (post_id),
    FOREIGN KEY(post_id) REFERENCES post (id)
);

CREATE TABLE poll_choice (
    id SERIAL NOT NULL,
    post_id INTEGER,
    choice_text VARCHAR(200),
    sort_order INTEGER,
    num_votes INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(post_id) REFERENCES post (id)
);

CREATE INDEX ix_poll_choice_post_id ON poll_choice (post_id);

CREATE TABLE post_bookmark (
    id SERIAL NOT NULL,
    user_id INTEGER,
    post_id INTEGER,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(post_id) REFERENCES post (id)
);

CREATE INDEX ix_post_bookmark_post_id ON post_bookmark (post_id);

CREATE INDEX ix_post_bookmark_user_id ON post_bookmark (user_id);

CREATE TABLE post_file (
    post_id INTEGER NOT NULL,
    file_id INTEGER NOT NULL,
    weight INTEGER,
    PRIMARY KEY (post_id, file_id),
    FOREIGN KEY(post_id) REFERENCES post (id),
    FOREIGN KEY(file_id) REFERENCES file (id)
);

CREATE TABLE post_flair (
    post_id INTEGER NOT NULL,
    flair_id INTEGER NOT NULL,
    PRIMARY KEY (post_id, flair_id),
    FOREIGN KEY(post_id) REFERENCES post (id),
    FOREIGN KEY(flair_id) REFERENCES community_flair (id)
);

CREATE TABLE post_reply (
    id SERIAL NOT NULL,
    user_id INTEGER,
    post_id INTEGER,
    community_id INTEGER,
    image_id INTEGER,
    parent_id INTEGER,
    root_id INTEGER,
    body TEXT,
    score INTEGER,
    nsfw BOOLEAN,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    posted_at TIMESTAMP WITHOUT TIME ZONE,
    ip VARCHAR(50),
    up_votes INTEGER,
    down_votes INTEGER,
    ranking DOUBLE PRECISION,
    edited_at TIMESTAMP WITHOUT TIME ZONE,
    ap_id VARCHAR(255),
    search_vector TSVECTOR,
    body_html TEXT,
    body_html_safe BOOLEAN,
    ap_create_id VARCHAR(100),
    ap_announce_id VARCHAR(100),
    from_bot BOOLEAN,
    domain_id INTEGER,
    depth INTEGER,
    notify_author BOOLEAN,
    reports INTEGER,
    instance_id INTEGER,
    language_id INTEGER,
    deleted BOOLEAN,
    deleted_by INTEGER,
    path INTEGER[],
    child_count INTEGER,
    ap_updated TIMESTAMP WITHOUT TIME ZONE,
    distinguished BOOLEAN,
    replies_enabled BOOLEAN DEFAULT true,
    sticky BOOLEAN,
    answer BOOLEAN DEFAULT false,
    emoji_reactions JSON,
    indexable BOOLEAN DEFAULT true,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(post_id) REFERENCES post (id),
    FOREIGN KEY(community_id) REFERENCES community (id),
    FOREIGN KEY(image_id) REFERENCES file (id),
    FOREIGN KEY(domain_id) REFERENCES domain (id),
    FOREIGN KEY(instance_id) REFERENCES instance (id),
    FOREIGN KEY(language_id) REFERENCES language (id)
);

CREATE INDEX idx_post_reply_fts ON post_reply USING gin (search_vector);

CREATE INDEX idx_post_reply_path ON post_reply USING gin (path);

CREATE UNIQUE INDEX ix_post_reply_ap_id ON post_reply (ap_id);

CREATE INDEX ix_post_reply_community_id ON post_reply (community_id);

CREATE INDEX ix_post_reply_community_id_not_deleted ON post_reply (community_id) WHERE deleted = false;

CREATE INDEX ix_post_reply_community_posted_bot ON post_reply (community_id, posted_at) WHERE from_bot = false;

CREATE INDEX ix_post_reply_created_at ON post_reply (created_at);

CREATE INDEX ix_post_reply_deleted ON post_reply (deleted);

CREATE INDEX ix_post_reply_deleted_by ON post_reply (deleted_by);

CREATE INDEX ix_post_reply_domain_id ON post_reply (domain_id);

CREATE INDEX ix_post_reply_from_bot ON post_reply (from_bot);

CREATE INDEX ix_post_reply_image_id ON post_reply (image_id);

CREATE INDEX ix_post_reply_indexable ON post_reply (indexable);

CREATE INDEX ix_post_reply_instance_id ON post_reply (instance_id);

CREATE INDEX ix_post_reply_language_id ON post_reply (language_id);

CREATE INDEX ix_post_reply_nsfw ON post_reply (nsfw);

CREATE INDEX ix_post_reply_parent_id ON post_reply (parent_id);

CREATE INDEX ix_post_reply_path ON post_reply (path);

CREATE INDEX ix_post_reply_post_id ON post_reply (post_id);

CREATE INDEX ix_post_reply_posted_at ON post_reply (posted_at);

CREATE INDEX ix_post_reply_ranking ON post_reply (ranking);

CREATE INDEX ix_post_reply_root_id ON post_reply (root_id);

CREATE INDEX ix_post_reply_score ON post_reply (score);

CREATE INDEX ix_post_reply_sticky ON post_reply (sticky);

CREATE INDEX ix_post_reply_user_id ON post_reply (user_id);

CREATE TABLE post_tag (
    post_id INTEGER NOT NULL,
    tag_id INTEGER NOT NULL,
    PRIMARY KEY (post_id, tag_id),
    FOREIGN KEY(post_id) REFERENCES post (id),
    FOREIGN KEY(tag_id) REFERENCES tag (id)
);

CREATE TABLE post_vote (
    id SERIAL NOT NULL,
    user_id INTEGER,
    author_id INTEGER,
    post_id INTEGER,
    effect DOUBLE PRECISION,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    emoji VARCHAR(20),
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(author_id) REFERENCES "user" (id),
    FOREIGN KEY(post_id) REFERENCES post (id) ON DELETE CASCADE
);

CREATE INDEX ix_post_vote_author_id ON post_vote (author_id);

CREATE INDEX ix_post_vote_created ON post_vote (created_at);

CREATE INDEX ix_post_vote_effect ON post_vote (effect);

CREATE INDEX ix_post_vote_post_created ON post_vote (post_id, created_at);

CREATE INDEX ix_post_vote_post_id ON post_vote (post_id);

CREATE INDEX ix_post_vote_user_id ON post_vote (user_id);

CREATE INDEX ix_post_vote_user_id_id_desc ON post_vote (user_id, id DESC);

CREATE TABLE read_posts (
    user_id INTEGER NOT NULL,
    read_post_id INTEGER NOT NULL,
    interacted_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (user_id, read_post_id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(read_post_id) REFERENCES post (id)
);

CREATE INDEX ix_read_posts_interacted_at ON read_posts (interacted_at);

CREATE INDEX ix_read_posts_user_post ON read_posts (user_id, read_post_id);

CREATE TABLE mod_log (
    id SERIAL NOT NULL,
    user_id INTEGER,
    community_id INTEGER,
    type VARCHAR(10),
    action VARCHAR(30),
    reason VARCHAR(512),
    link VARCHAR(512),
    link_text VARCHAR(512),
    public BOOLEAN,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    post_id INTEGER,
    reply_id INTEGER,
    target_user_id INTEGER,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(community_id) REFERENCES community (id),
    FOREIGN KEY(post_id) REFERENCES post (id),
    FOREIGN KEY(reply_id) REFERENCES post_reply (id),
    FOREIGN KEY(target_user_id) REFERENCES "user" (id)
);

CREATE INDEX ix_mod_log_community_id ON mod_log (community_id);

CREATE INDEX ix_mod_log_post_id ON mod_log (post_id);

CREATE INDEX ix_mod_log_reply_id ON mod_log (reply_id);

CREATE INDEX ix_mod_log_target_user_id ON mod_log (target_user_id);

CREATE INDEX ix_mod_log_user_id ON mod_log (user_id);

CREATE TABLE poll_choice_vote (
    choice_id INTEGER NOT NULL,
    user_id INTEGER NOT NULL,
    post_id INTEGER,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (choice_id, user_id),
    FOREIGN KEY(choice_id) REFERENCES poll_choice (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(post_id) REFERENCES post (id)
);

CREATE INDEX ix_poll_choice_vote_post_id ON poll_choice_vote (post_id);

CREATE TABLE post_reply_bookmark (
    id SERIAL NOT NULL,
    user_id INTEGER,
    post_reply_id INTEGER,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(post_reply_id) REFERENCES post_reply (id)
);

CREATE INDEX ix_post_reply_bookmark_post_reply_id ON post_reply_bookmark (post_reply_id);

CREATE INDEX ix_post_reply_bookmark_user_id ON post_reply_bookmark (user_id);

CREATE TABLE post_reply_vote (
    id SERIAL NOT NULL,
    user_id INTEGER,
    author_id INTEGER,
    post_reply_id INTEGER,
    effect DOUBLE PRECISION,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    emoji VARCHAR(20),
    PRIMARY KEY (id),
    FOREIGN KEY(user_id) REFERENCES "user" (id),
    FOREIGN KEY(author_id) REFERENCES "user" (id),
    FOREIGN KEY(post_reply_id) REFERENCES post_reply (id) ON DELETE CASCADE
);

CREATE INDEX ix_post_reply_vote_author_id ON post_reply_vote (author_id);

CREATE INDEX ix_post_reply_vote_created ON post_reply_vote (created_at);

CREATE INDEX ix_post_reply_vote_post_reply_id ON post_reply_vote (post_reply_id);

CREATE INDEX ix_post_reply_vote_reply_created ON post_reply_vote (post_reply_id, created_at);

CREATE INDEX ix_post_reply_vote_user_id ON post_reply_vote (user_id);

CREATE INDEX ix_post_reply_vote_user_id_id_desc ON post_reply_vote (user_id, id DESC);

CREATE TABLE report (
    id SERIAL NOT NULL,
    reasons VARCHAR(256),
    description VARCHAR(256),
    status INTEGER,
    type INTEGER,
    reporter_id INTEGER,
    suspect_community_id INTEGER,
    suspect_user_id INTEGER,
    suspect_post_id INTEGER,
    created_at TIMESTAMP WITHOUT TIME ZONE,
    updated TIMESTAMP WITHOUT TIME ZONE,
    suspect_post_reply_id INTEGER,
    suspect_conversation_id INTEGER,
    in_community_id INTEGER,
    source_instance_id INTEGER,
    targets JSON,
    PRIMARY KEY (id),
    FOREIGN KEY(reporter_id) REFERENCES "user" (id),
    FOREIGN KEY(suspect_community_id) REFERENCES community (id),
    FOREIGN KEY(suspect_user_id) REFERENCES "user" (id),
    FOREIGN KEY(suspect_post_id) REFERENCES post (id),
    FOREIGN KEY(suspect_post_reply_id) REFERENCES post_reply (id),
    FOREIGN KEY(suspect_conversation_id) REFERENCES conversation (id),
    FOREIGN KEY(in_community_id) REFERENCES community (id),
    FOREIGN KEY(source_instance_id) REFERENCES instance (id)
);

-- Full-text search is kept up to date by the database itself.
CREATE FUNCTION post_search_vector_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_vector :=
        setweight(to_tsvector('pg_catalog.english', coalesce(NEW.title, '')), 'A')
        || setweight(to_tsvector('pg_catalog.english', coalesce(NEW.body, '')), 'B');
    RETURN NEW;
END
$$;

CREATE TRIGGER post_search_vector_trigger BEFORE INSERT OR UPDATE ON post
    FOR EACH ROW EXECUTE FUNCTION post_search_vector_update();

CREATE TRIGGER post_reply_search_vector_trigger BEFORE INSERT OR UPDATE ON post_reply
    FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger('search_vector', 'pg_catalog.english', 'body');

CREATE TRIGGER community_search_vector_trigger BEFORE INSERT OR UPDATE ON community
    FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger(
        'search_vector', 'pg_catalog.english', 'name', 'title', 'description', 'rules');

CREATE TRIGGER user_search_vector_trigger BEFORE INSERT OR UPDATE ON "user"
    FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger(
        'search_vector', 'pg_catalog.english', 'user_name', 'about', 'keywords');

-- What pyfedi finds when it starts on this database: all its migrations done.
CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    PRIMARY KEY (version_num)
);

INSERT INTO alembic_version (version_num) VALUES ('merge_20260413');
