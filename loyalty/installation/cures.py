"""What checks say, in the terminal and on a page: of what is well, one sentence; of a fault, one and its cure."""

from loyalty.words import Both

FINE = {
    "settings": Both(vi="Cài đặt đọc được", en="The settings can be read"),
    "secret": Both(vi="LOYALTY_SECRET_KEY đủ dài", en="LOYALTY_SECRET_KEY is long enough"),
    "var": Both(vi="Ghi được vào {path}", en="{path} can be written"),
    "key_file": Both(vi="Chỉ chủ máy đọc được {path}", en="Only its owner can read {path}"),
    "disk": Both(vi="Đĩa còn trống {free} MB", en="{free} MB free on the disk"),
    "database": Both(vi="Cơ sở dữ liệu {engine} {version}", en="Database {engine} {version}"),
    "clock": Both(vi="Đồng hồ lệch với cơ sở dữ liệu {seconds} giây", en="The database's clock differs by {seconds} s"),
    "schema": Both(vi="Cấu trúc dữ liệu {found}, mới nhất", en="Schema {found}, the newest"),
    "keys": Both(vi="Khóa gốc mở được dữ liệu", en="The root key opens the data"),
    "shop_name": Both(vi="Tên cửa hàng: {value}", en="The shop's name: {value}"),
    "shop_contact": Both(vi="Liên hệ của cửa hàng: {value}", en="The shop's contact: {value}"),
    "base_url": Both(vi="Địa chỉ công khai: {url}", en="Public address: {url}"),
    "channels": Both(vi="Kênh đang bật: {on}; tắt: {off}", en="Channels on: {on}; off: {off}"),
    "channel": Both(vi="{channel} {account}: gửi được", en="{channel} {account}: may send"),
    "token": Both(vi="{channel}: token còn hạn", en="{channel}: the token is good"),
    "events": Both(
        vi="{channel}: nhận sự kiện gần nhất lúc {at}; webhook: {url}", en="{channel}: last event {at}; webhook: {url}"
    ),
    "inbox": Both(vi="Không có sự kiện nào chờ lâu", en="No event waits for long"),
    "sending": Both(vi="Tin gửi đi không bị dừng", en="Messages may leave"),
    "parked": Both(vi="Không có sự kiện bị gác lại", en="No event is parked"),
    "unknown": Both(vi="Không có tin nào chưa rõ đã gửi chưa", en="No message is of unknown fate"),
    "alerts": Both(vi="Không có cảnh báo nào", en="No alert is open"),
    "backup": Both(
        vi="Bản sao lưu mới nhất lúc {at} ({hours} giờ trước), đã thử đọc lại",
        en="Newest backup {at} ({hours} hours ago), read back and proven",
    ),
    "backup_soon": Both(
        vi="Chưa có bản sao lưu; bản đầu tiên được làm lúc 02:30 nếu worker đang chạy",
        en="No backup yet; the first is made at 02:30 when a worker runs",
    ),
    "online": Both(
        vi="{channel} {account}: nền tảng trả lời đúng", en="{channel} {account}: the platform answers well"
    ),
}

CURES = {  # by fault: what is wrong, what to do
    "settings_wrong": (
        Both(vi="Cài đặt sai: {reason}", en="A setting is wrong: {reason}"),
        Both(vi="Sửa biến đó trong môi trường hoặc file .env", en="Mend that variable in the environment or in .env"),
    ),
    "variable_misspelt": (
        Both(
            vi="{name} không phải là cài đặt nào, nên không có tác dụng", en="{name} is no setting and changes nothing"
        ),
        Both(
            vi="Có phải là {nearest}? Sửa tên, hoặc bỏ biến đó",
            en="Is {nearest} meant? Mend the name, or unset the variable",
        ),
    ),
    "secret_short": (
        Both(
            vi="LOYALTY_SECRET_KEY quá ngắn, người khác có thể đoán ra",
            en="LOYALTY_SECRET_KEY is so short that it can be guessed",
        ),
        Both(
            vi="Tạo khóa mới: openssl rand -base64 32, hoặc bỏ biến đó",
            en="Make a new one: openssl rand -base64 32, or unset the variable",
        ),
    ),
    "var_closed": (
        Both(vi="Không ghi được vào {path}", en="{path} cannot be written"),
        Both(
            vi="mkdir -p {path} và cấp quyền ghi cho người chạy chương trình",
            en="mkdir -p {path}, and let the program's user write there",
        ),
    ),
    "key_open": (
        Both(vi="Người khác đọc được {path}", en="Others can read {path}"),
        Both(vi="chmod 600 {path}", en="chmod 600 {path}"),
    ),
    "disk_full": (
        Both(vi="Đĩa chỉ còn {free} MB", en="Only {free} MB free on the disk"),
        Both(
            vi="Dọn đĩa hoặc thêm dung lượng, trước khi không ghi được nữa",
            en="Free some space before nothing can be written",
        ),
    ),
    "database_unreachable": (
        Both(vi="Không mở được cơ sở dữ liệu ({reason})", en="The database cannot be opened ({reason})"),
        Both(
            vi="Kiểm tra LOYALTY_DATABASE_URL và máy chủ, hoặc chạy: loyalty migrate",
            en="Check LOYALTY_DATABASE_URL and the server, or run: loyalty migrate",
        ),
    ),
    "database_old": (
        Both(vi="{engine} {version} quá cũ", en="{engine} {version} is too old"),
        Both(vi="Cần {engine} {needed} trở lên", en="{engine} {needed} or newer is needed"),
    ),
    "clock_skew": (
        Both(vi="Đồng hồ lệch với cơ sở dữ liệu {seconds} giây", en="The database's clock differs by {seconds} s"),
        Both(vi="Bật NTP trên cả hai máy", en="Turn NTP on for both machines"),
    ),
    "schema_old": (
        Both(
            vi="Cấu trúc dữ liệu {found}, chương trình cần {wanted}", en="Schema {found}, this program needs {wanted}"
        ),
        Both(vi="loyalty migrate", en="loyalty migrate"),
    ),
    "keys_missing": (
        Both(vi="Khóa gốc không mở được dữ liệu", en="The root key does not open the data"),
        Both(vi="{reason}", en="{reason}"),
    ),
    "shop_name_missing": (
        Both(vi="Cửa hàng chưa có tên", en="The shop has no name"),
        Both(
            vi="Đặt LOYALTY_SHOP_NAME, hoặc điền ở mục Cài đặt",
            en="Set LOYALTY_SHOP_NAME, or fill it in under Settings",
        ),
    ),
    "shop_contact_missing": (
        Both(vi="Thông báo quyền riêng tư chưa có liên hệ", en="The privacy notice names no contact"),
        Both(
            vi="Đặt LOYALTY_SHOP_CONTACT, hoặc điền ở mục Cài đặt",
            en="Set LOYALTY_SHOP_CONTACT, or fill it in under Settings",
        ),
    ),
    "base_url_private": (
        Both(vi="Nền tảng không gọi tới được {url}", en="Platforms cannot reach {url}"),
        Both(vi="Đặt LOYALTY_BASE_URL là địa chỉ https công khai", en="Set LOYALTY_BASE_URL to a public https address"),
    ),
    "credentials_wrong": (
        Both(vi="Thông tin kết nối kênh sai: {reason}", en="A channel's credential is wrong: {reason}"),
        Both(vi="Chép lại biến đó từ trang của nền tảng", en="Copy that variable from the platform's page again"),
    ),
    "channels_none": (
        Both(vi="Chưa nối kênh nào", en="No channel is connected"),
        Both(
            vi="Làm theo bots/zalo/README.md hoặc bots/messenger/README.md",
            en="Follow bots/zalo/README.md or bots/messenger/README.md",
        ),
    ),
    "channel_off": (
        Both(vi="{channel} {account} đã được tắt bằng tay", en="{channel} {account} was switched off by hand"),
        Both(vi="Bật lại ở trang Kênh của bảng điều khiển", en="Switch it on again on the console's channels page"),
    ),
    "channel_down": (
        Both(
            vi="{channel} {account} không trả lời từ {since}; tin đang chờ",
            en="{channel} {account} has not answered since {since}; messages wait",
        ),
        Both(
            vi="Chờ nền tảng có lại, tin sẽ tự gửi; nếu chỉ máy này không gọi được, xem mạng và tường lửa",
            en="Messages leave by themselves once it is back; if only this machine cannot reach it, see its network",
        ),
    ),
    "channel_stopped": (
        Both(
            vi="{channel} {account} đang dừng gửi ({reason})", en="{channel} {account} has stopped sending ({reason})"
        ),
        Both(
            vi="Sửa nguyên nhân theo bots/{channel}/README.md",
            en="Mend the cause as bots/{channel}/README.md tells",
        ),
    ),
    "token_missing": (
        Both(vi="{channel}: chưa có token", en="{channel}: there is no token"),
        Both(
            vi="Lấy cặp token mới theo bots/{channel}/README.md", en="Get a new pair as bots/{channel}/README.md tells"
        ),
    ),
    "token_lost": (
        Both(vi="{channel}: token bị từ chối từ {since}", en="{channel}: the token is refused since {since}"),
        Both(
            vi="Lấy cặp token mới theo bots/{channel}/README.md", en="Get a new pair as bots/{channel}/README.md tells"
        ),
    ),
    "token_expired": (
        Both(vi="{channel}: token hết hạn lúc {expires_at}", en="{channel}: the token expired {expires_at}"),
        Both(vi="Chạy loyalty worker: nó tự đổi token", en="Run loyalty worker: it renews tokens"),
    ),
    "events_none": (
        Both(vi="{channel} {account}: chưa nhận được sự kiện nào", en="{channel} {account}: no event ever came"),
        Both(
            vi="Dán địa chỉ webhook này vào trang của nền tảng: {url}",
            en="Paste this webhook address into the platform's page: {url}",
        ),
    ),
    "inbox_late": (
        Both(vi="Sự kiện đã chờ {minutes} phút", en="An event has waited for {minutes} minutes"),
        Both(vi="Không có worker nào chạy: loyalty worker", en="No worker works: loyalty worker"),
    ),
    "sending_stopped": (
        Both(vi="Mọi tin gửi đi đang dừng từ {since}", en="Everything outgoing is stopped since {since}"),
        Both(vi="loyalty outbox resume, hoặc nút «Cho gửi lại»", en="loyalty outbox resume, or the console's button"),
    ),
    "parked_some": (
        Both(vi="{count} sự kiện bị gác lại", en="{count} events are parked"),
        Both(
            vi="loyalty inbox list --state parked, rồi: loyalty inbox replay MÃ",
            en="loyalty inbox list --state parked, then: loyalty inbox replay ID",
        ),
    ),
    "unknown_some": (
        Both(vi="{count} tin chưa rõ đã gửi chưa", en="{count} messages are of unknown fate"),
        Both(
            vi="loyalty outbox list --state unknown, rồi: loyalty outbox settle MÃ --as sent|failed|resend",
            en="loyalty outbox list --state unknown, then: loyalty outbox settle ID --as sent|failed|resend",
        ),
    ),
    "alerts_open": (
        Both(vi="Cảnh báo đang mở: {kinds}", en="Open alerts: {kinds}"),
        Both(vi="Cách xử lý từng loại: docs/jobs.md", en="What to do about each kind: docs/jobs.md"),
    ),
    "backup_none": (
        Both(vi="Chưa có bản sao lưu nào trong {path}", en="There is no backup in {path}"),
        Both(
            vi="Để loyalty worker chạy qua đêm, và chạy ngay: loyalty backup {path}",
            en="Keep loyalty worker running at night, and now: loyalty backup {path}",
        ),
    ),
    "backup_old": (
        Both(vi="Bản sao lưu mới nhất đã {hours} giờ", en="The newest backup is {hours} hours old"),
        Both(
            vi="Để loyalty worker chạy qua đêm, và chạy ngay: loyalty backup {path}",
            en="Keep loyalty worker running at night, and now: loyalty backup {path}",
        ),
    ),
    "backup_keyless": (
        Both(vi="Thiếu customer-keys.kqk trong {path}", en="customer-keys.kqk is missing in {path}"),
        Both(vi="Chạy ngay: loyalty backup {path}", en="Run now: loyalty backup {path}"),
    ),
    "backup_unreadable": (
        Both(
            vi="Không đọc được bản sao lưu mới nhất trong {path} ({reason})",
            en="The newest backup in {path} cannot be read ({reason})",
        ),
        Both(
            vi="Kiểm tra đĩa và khóa gốc, rồi chạy: loyalty backup {path}",
            en="Check the disk and the root key, then run: loyalty backup {path}",
        ),
    ),
    "online_refused": (
        Both(
            vi="{channel} {account}: nền tảng từ chối ({reason})",
            en="{channel} {account}: the platform refuses ({reason})",
        ),
        Both(vi="Xem mã lỗi trong bots/{channel}/README.md", en="Look the code up in bots/{channel}/README.md"),
    ),
    "online_other_account": (
        Both(
            vi="{channel}: token thuộc về tài khoản khác, không phải {account}",
            en="{channel}: the token is another account's, not {account}'s",
        ),
        Both(
            vi="Lấy cặp token mới theo bots/{channel}/README.md", en="Get a new pair as bots/{channel}/README.md tells"
        ),
    ),
    "online_unsubscribed": (
        Both(
            vi="{channel} {account}: trang chưa gửi đủ sự kiện cho ứng dụng",
            en="{channel} {account}: the page does not send the app every event",
        ),
        Both(
            vi="Để loyalty worker chạy: mỗi 5 phút nó đăng ký lại",
            en="Keep loyalty worker running: it subscribes every 5 min",
        ),
    ),
}
