"""Every kind of page: who opens which, on the site of whole_site.py."""

MISSING = "/nothing-here"
PAGES = {
    "visitor": """
        / /people /keyboard_shortcuts /auth/please_wait /auth/check_email /auth/resend_email
        /auth/reset_password_request/sent /instance/far.example/people /instance/far.example/posts
        /protocol_handler /offline /communities /explore
        /search?q=cat /search?q=bob&show=people /search?q=cat&show=communities
        /search?q=hello&show=comments /auth/login /auth/register /c/cats
        /u/bob /u/ana?show=comments /c/cats/p/8/of-bob /post/1 /appearance /about /privacy /modlog /topics
        /topic/animals /feeds /f/mine /tags /tag/kittens /domains /d/x.example /instances
        /instance/far.example /auth/reset_password_request /community/cats/wiki
        /community/cats/wiki/house-rules /community/cats/wiki/house-rules/history
        /community/cats/wiki/house-rules/2 /post/1/comment/1 /nothing-here
    """,
    "member": """
        / /submit /appearance /notifications /chat /chat/1 /chat/to/2 /bookmarks /read-posts /hidden_posts
        /scheduled_posts /post/9/schedule
        /user/settings /user/settings/reading /user/settings/filters /user/settings/filters/1/edit
        /user/settings/filters/add /user/settings/followers /user/settings/blocks /user/settings/account
        /user/settings/import_export /user/files /user/files/4/delete /delete_account /community/add_local
        /feed/new /f/mine/edit /community/cats/submit /community/cats/submit/poll
        /community/cats/submit/event /community/cats/submit/photo /community/cats/report
        /community/cats/my_flair /post/2 /post/3 /post/4 /post/5 /post/6 /post/8/edit /post/8/cross-post
        /post/8/options /post/1/comment/1/options /post/1/comment/1/reply /comment/1/edit /u/ana
        /u/ana/note /u/ana/report /post/6/report /chat/1/report /chat/message/1/edit
        /community/cats/wiki/house-rules/edit /user/settings/quotes /post/1/reminder /post_reply/1/reminder
        /topics/new /post/1/comment/1/report /post/1/embed_code /chat/message/1/report
    """,
    "moderator": """
        /reports /reports/1 /community/cats/moderate /community/cats/moderate?show=held-back
        /community/cats/moderate/bans /community/cats/moderate/bans/new?person=bob
        /community/cats/moderate/subscribers /community/cats/moderate/moderators
        /community/cats/moderate/flair /community/cats/moderate/wiki /community/cats/moderate/wiki/add
        /community/cats/moderate/modlog /community/cats/edit /community/cats/delete /community/cats/invite
        /post/8 /post/8/remove /post/8/set_flair /post/8/voting_activity /comment/1/moderate
        /comment/1/voting_activity /comment/1/remove /post/8/move /community/cats/wiki/house-rules/1/revert
    """,
    "administrator": """
        /admin/ /admin/users/ /admin/users/2 /admin/users/2/edit /admin/users/new
        /admin/approve_registrations /admin/permissions /admin/newsletter /admin/communities
        /admin/community/1/edit /admin/topics /admin/topic/add /admin/tags/ /admin/emoji /admin/emoji/add
        /admin/blocked_images /admin/post/3/block_image /admin/websites/ /admin/websites/spam.example
        /admin/addresses/ /admin/site /admin/appearance /admin/pages /admin/pages/1/edit /admin/instances
        /admin/instances/bad.example /admin/federation /admin/parked /admin/audit/ /welcome
        /admin/feeds/ /admin/letters /admin/letters/banned /admin/pages/add /admin/topic/1/edit
        /admin/emoji/1/edit
    """,
}
