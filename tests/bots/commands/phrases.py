"""What people write, and what it must be taken for: a command's English name, or None for ordinary words."""

CUSTOMERS = """
points: điểm | diem | ĐIỂM | #điểm | # diem | #tradiem | Điểm ạ | điểm? | diem ??? | điểm 😊 | xem điểm | check điểm
points: tra điểm | kiem tra diem | em xem điểm với ạ
points: cho em xem điểm | cho mình hỏi còn bao nhiêu điểm vậy shop | mình còn bao nhiêu điểm | e có bn điểm
points: em có bao nhiêu điểm rồi ạ | shop ơi e còn mấy điểm
points: vì sao em là bạc | sao em vẫn hạng bạc ạ | lên vàng cần gì vậy shop | quyền lợi hạng bạc | why am i silver
points: số dư điểm | điểm của em | điểm của mình còn bao nhiêu | điểm bao giờ hết hạn | điểm em khi nào hết hạn ạ
points: hạng của em | em đang hạng gì | lên hạng vàng cần gì | còn bao nhiêu nữa lên hạng
points: cho em hỏi điểm của em với shop ơi | Alo shop ơi cho e hỏi e có bn điểm z | tài khoản em còn bao nhiêu điểm
points: điểm tích lũy của tôi | muốn xem điểm thưởng
points: points | my points | POINTS please | how many points do i have | show me my points | what is my balance
points: check my points | when do my points expire | tier
history: lịch sử | lich su | #lichsu | #lichsudiem | lịch sử điểm | xem lịch sử tích điểm
history: cho mình xem lịch sử mua hàng | biến động điểm của em | history | points history | show my history please
history: sao điểm của em ít vậy | sao diem cua em it vay | sao em chưa được cộng điểm | hôm qua em mua chưa thấy điểm
history: sao bị trừ điểm | trừ điểm gì vậy | điểm của em bị mất | sao em không có điểm | why do i have so few points
code: mã | ma | #mã | mã của em | mã của em đâu | cho em xin mã | lấy mã | mã thành viên | xem mã qr | thẻ thành viên
code: code | my code | member code please
join: đăng ký | dang ky | đăng kí ạ | ĐĂNG KÝ | đk | đăng ký thành viên | em muốn đăng ký | mình muốn tích điểm
join: làm thẻ thành viên | join | sign up | register please
join: 0912345678 | 0912 345 678 | 0912.345.678 | +84912345678 | 84912345678 | sđt của em 0912345678
join: em gửi sđt 0912345678 ạ | 01212345678 | đăng ký 0912345678 | dk 0912 345 678 | join 0912345678
join: my phone is 0912345678 | đăng ký thành viên 0912345678 | 912345678 | 0912345678 hoặc 0987654321
yes: đồng ý | dong y | Đồng ý ạ | #đồng_ý | em đồng ý | dạ đồng ý | đồng ý nhận ưu đãi | có | có ạ | dạ có | yes
yes: Yes please | i agree
no: không | khong | ko | Không ạ | dạ không | không cần đâu | không đồng ý | em không đồng ý | thôi khỏi | no
no: no thanks | không cảm ơn
stop: dừng | dung | DỪNG | #dừng | dừng lại | dừng ạ | dừng nhận tin | cho em dừng nhận tin nhé | ngừng gửi tin
stop: ngưng nhận tin | đừng gửi tin nữa | đừng nhắn nữa shop ơi | không muốn nhận quảng cáo nữa | huỷ đăng ký
stop: hủy đăng ký | từ chối | stop | STOP | unsubscribe | stop messages please
resume: tiếp tục | tiep tuc | tiếp tục nhận tin | nhận lại ưu đãi | bật lại | resume | continue
agent: nhân viên | nhan vien | gặp nhân viên | cho em gặp nhân viên với ạ | shop ơi cho mình gặp nhân viên
agent: em muốn nói chuyện với nhân viên | gặp người thật | cskh | mình cần gặp nhân viên tư vấn ạ | shop ơi có ai không
agent: agent | talk to a person | can i talk to a human please | customer service
feedback: góp ý đồ uống nguội | gop y nuoc hoi ngot | Góp ý: quán hơi ồn | #góp_ý nhạc to quá
feedback: shop ơi cho mình góp ý là bánh khô | em muốn góp ý chút, phục vụ hơi lâu
feedback: feedback the music is too loud | Feedback: great coffee!
feedback: i have a suggestion: open earlier | phản hồi ly latte nguội
complain: khiếu nại tính nhầm tiền | em muốn khiếu nại hôm qua tính sai điểm | phàn nàn nhân viên cáu
complain: i want to complain about the service | complaint: wrong bill | phản ánh giúp em, đơn HD123 tính hai lần
help: trợ giúp | tro giup | giúp | giúp em với | hướng dẫn | menu | help | HELP | what can you do | bạn làm được gì
thanks: cảm ơn | cám ơn shop nhiều | thanks | ok | oke shop | dạ | vâng ạ | dạ vâng | ok bạn
points: mình có bao nhiêu điểm rồi shop | kiểm tra điểm giúp mình với | cho hỏi mình đang có bao nhiêu điểm ạ
points: xem giúp e còn bn điểm | điểm tích luỹ của mình là bao nhiêu | em muốn kiểm tra điểm
points: cho em hỏi tài khoản em có bao nhiêu điểm ạ | diem thuong | tổng điểm của mình | điểm mình còn nhiêu
points: coi điểm | ad ơi check điểm giúp mình | em hạng gì vậy ạ | hạng thành viên của em là gì
points: bao giờ em lên hạng vàng | what are my points | can i see my points | how many points do I have?
points: điểm của em sắp hết hạn chưa | sd điểm
history: cho em xem lịch sử tích điểm | lịch sử giao dịch của em | sao hôm nay em mua mà chưa có điểm
history: tại sao điểm của em ít thế | điểm của em đâu hết rồi | mình mua rồi mà chưa được cộng điểm | show history
history: xem lại lịch sử
code: cho mình mã thành viên | mã thành viên của em là gì | mã tích điểm của mình đâu | em lấy mã
code: cho em xem thẻ thành viên | what is my code
join: em muốn làm thẻ thành viên | cho mình đăng ký với | đăng ký tích điểm giúp em | mình đăng ký thành viên nhé
join: sdt minh la 0912345678 | số của em: 0912345678 | i want to join
stop: đừng gửi tin cho em nữa | ngừng gửi tin nhắn cho tôi | thôi đừng gửi tin nữa nhé | không nhận tin nữa đâu
stop: tôi muốn dừng nhận tin | please stop | stop sending me messages | dừng gửi tin nhắn
resume: cho em nhận lại ưu đãi | bật lại tin giúp em | tiếp tục gửi nhé
yes: đồng ý nha shop | mình đồng ý | em có ạ | tôi đồng ý nhận
no: không nha | em không nhận đâu | dạ thôi ạ | không nhé shop
help: cần giúp đỡ | cho em xem menu | hướng dẫn em với
points: shop cho mình check điểm với nha | mình tích được bao nhiêu điểm rồi | điểm thành viên của em
points: tài khoản mình có mấy điểm vậy ạ | e muon xem diem a | con bao nhieu diem z shop | kiểm tra số dư điểm
points: bao nhiêu điểm nữa thì lên vàng | em được bao nhiêu điểm rồi shop | do i have any points | hạng hiện tại
points: khi nào hết hạn điểm
history: cho xem lịch sử cộng điểm | lich su tich diem cua em | sao điểm mình bị trừ vậy shop
history: em mua sáng nay chưa được cộng điểm | my purchase history
code: gửi mình mã | mã khách hàng của mình | đưa mã | xem mã thành viên | show me my code
join: mình muốn đăng ký thành viên | dang ky thanh vien | đăng ký nha | số điện thoại mình là 0912345678 nhé
join: sign me up please
rewards: đổi 3 điểm được gì
rewards: quà | qua | có quà gì | co qua gi | em đổi được gì ạ | xem quà với shop | điểm này đổi được gì vậy | quà 3
rewards: quà số 3 | rewards | what can i get for my points? | show me the rewards | reward 4
redeem: đổi quà | em muốn đổi quà ạ | đổi | doi qua 3 | redeem number 3 please
redeem: đổi 3 | doi 3 | đổi quà số 3 | em muốn đổi quà số 3 ạ | đổi cho em số 3 nhé | ĐỔI 3 | #đổi 3 | redeem 3
unredeem: hủy đổi quà | huy doi qua | hủy đổi quà giúp em | cancel my reward | em không đổi quà nữa
offers: khuyến mãi | mã giảm giá | có mã giảm giá không | code giảm giá | sinh nhật được tặng gì
offers: ưu đãi | uu dai | ưu đãi của em | mã quà của em đâu | voucher của em | my vouchers | quà của em đâu
wish: báo em khi có | báo em khi có 4 | bao em khi co | nhắn em khi có nhé
birthday: sinh nhật 20/11/1990 | sinh nhat 20-11 | sinh nhật 20 tháng 11 ạ | ngày sinh 20/11 | my birthday is 20/11
refer: giới thiệu | gioi thieu | giới thiệu bạn bè | mã giới thiệu của em | giới thiệu K7P4M2Q | refer a friend
statement: sao kê | sao ke | sao kê tháng 10 | cho em xem sao kê tháng 10 ạ | sao kê tháng trước | sao ke thang 9/2025
statement: statement | statement october | my statement please | statement for last month | SAO KÊ THÁNG MƯỜI HAI
statement: bảng sao kê điểm | sao kê tháng này nhé shop | sao kê 10/2026
stop: cho mình dừng nhận tin | đừng nhắn tin cho mình nữa | dừng nha shop | ngưng nhận ưu đãi | tắt quảng cáo đi
stop: no more offers please
resume: cho mình nhận lại tin | tiếp tục nha
yes: mình đồng ý nha | dạ đồng ý nhận | yes i agree
no: không cần ạ | thôi khỏi nha | no thank you
help: giúp mình | trợ giúp với | bạn có thể làm gì
"""

ORDINARY = """
đang dừng xe ở đâu được ạ | dang dung xe o dau duoc a | dừng xe trước cửa được không | dùng | đúng | đúng rồi ạ
dung roi | đúng không | đừng | dừng? | tiếp tục? | đồng ý?
không biết | không biết có còn hàng không | có gì mới không | có ship không | còn bánh không | không có điểm thì sao
không dừng | đừng dừng nhé | chưa muốn dừng | đồng ý nhưng đừng nhắn nhiều | đồng ý không
điểm danh | địa điểm ở đâu | thời điểm nào mở cửa | điểm thi của em | quan điểm của shop là gì | cho xin địa điểm
điểm của bạn em | điểm của mẹ em còn bao nhiêu
sao kê ngân hàng | sao kê thẻ tín dụng | statement of work | sao kê tháng nào cũng có à
mã otp là gì | má ơi | mà sao | mã vận đơn của em đâu | mạ vàng
lịch sử việt nam | lịch làm việc | lịch nghỉ tết
tiếp tục đi đâu | tiếp theo là gì | đăng ký học | đăng ký tạm trú | đăng kiểm | huỷ đơn | hủy
giới thiệu quán đi
đổi trả hàng thế nào | đổi size được không
có quà kèm không | đổi bàn khác được không | quà sinh nhật cho con em | đổi 3 4 | gói quà giúp em
nhân viên quán mình dễ thương ghê | hôm qua nhân viên tính nhầm | có tuyển nhân viên không | gặp nhau ở quán nhé
shop mở cửa mấy giờ | cho em 2 ly trà sữa | bao nhiêu tiền một ly | giá bao nhiêu | 250k | 0.5 | 12345 | 20/11/1990
1900 1234 | số của chồng em là 0912345678 | đừng gọi 0912345678 | gọi cho em số 0912345678 nhé lúc 5 giờ
/-heart | /-strong | :> | ❤️ | 👍👍 | ... | ??? | a | e | k | h
hahahaha | asdfgh | xin chào | hello shop | alo
I would like to point out a problem | stop it, that's funny haha | no idea | yes and no | help my friend
code review | the history of vietnam
tich 0912345678 250k | huy 1042 | tra 0912345678 | nv K7M29QXD
dừng chân ở quán mình được không | có đồng ý cho mang chó vào không | em không đăng ký nữa | mã này dùng sao
tiếp tục order như cũ nhé | điểm nào gần nhà em nhất | có điểm bán ở quận 7 không | mình không nhận được mã
đăng ký rồi mà | em đăng ký rồi | chưa đồng ý đâu | dừng lại ở trạm nào | mình chưa muốn đăng ký
thẻ ngân hàng được không | lịch sử quán mình thế nào | hạng ghế nào còn | hàng còn không | hang con khong
dung nuoc am nhe | dùng nước ấm nhé | ma sao lau vay | mà sao lâu vậy | co ai o quan khong | thôi để mai
thoi de mai | không sao | khong sao dau | có bánh gì | ok để em xem | tính điểm thế nào | được tặng điểm không
giúp em đặt bàn | menu có gì ngon | cho em menu trà sữa
dừng tay lại đi | dung lai o dau vay shop oi | có dừng bán trà đào không | đừng có dừng | đồng ý với giá đó
không đồng ý giá này | không có nhu cầu | không biết dùng sao | điểm tâm sáng có gì | điểm du lịch gần đây
mã lỗi 500 | mã sản phẩm | thẻ cào | thẻ visa được không | lịch sử giá | tham gia minigame | đăng ký wifi
tiếp tục chờ | nhận hàng chưa | có nhận ship không | có nhận thẻ không | không nhận thẻ hả | từ chối đơn giúp em
hủy đăng ký khóa học | help desk number | stop by the shop | yes it is open today? | resume my order
history of the shop | the point is | 0912345678 là số shop hả | gọi 0912345678 | cho số shop | em là khách quen
được hạng gì khi mua 2 triệu
"""

STAFF = """
try: /thu 0912345678 350k | /thử 350k 0912345678 | /try M7K2QD 350k | /xem thử 0912345678 350k | /THU 0912 345 678 1tr2
release: /modiem 1042 | /mở điểm #HD123 | /release 1042 | /trao điểm 1042 | /mo diem 0912345678
withdraw: /rutlai 88 | /rút lại 88 | /withdraw 88
unadd: /bothem 0912345678 | /bỏ thêm 0912345678 | /unadd 0912345678
award: /tich 0912345678 250k #HD123 | /TICH 0912345678 250k | /tích 0912345678 250k | / tich 0912345678 250k
award: #/tich 0912345678 250k | /award 0912345678 250k | /tich M7K2QD 1tr2 | /tich 250k 0912345678
award: /tích điểm 0912345678 250k | /tich0912345678 250k | /tich
adjust: /cong 0912345678 50 đền ly hỏng | /cộng điểm 0912345678 50 lý do | /adjust 0912345678 +50 broken cup | /cong
adjust: /điều chỉnh M7K2QD -20 cộng nhầm | /give 0912345678 50 late order | /CONG 0912 345 678 1.250 điểm khai trương
tier: /hang 0912345678 bạc đến 31/12 khách thân | /hạng M7K2QD bỏ | /tier 0912345678 gold until 31/12 vip
deduct: /tru 0912345678 5 nhầm | /trừ điểm 0912345678 5 nhầm | /deduct 0912345678 5 mistake | /take 0912345678 5 twice
find: /tra 0912345678 | /find 0912345678 | /tra M7K2QD | /tra #0912345678 | /tra cứu 0912345678
note: /ghichu 0912345678 dị ứng sữa | /ghi chú 0912345678 không đường | /note M7K2QD thích ngồi cửa sổ
note: /ghichu không đường 0912345678 | /GHICHU 0912 345 678: VIP
unnote: /boghichu 12 | /bỏ ghi chú #12 | /xóa ghi chú 12 | /unnote 12
undo: /huy 1042 | /hủy 1042 | /huỷ #1042 | /undo 1042 | /huy1042 | /HUY 1042
return: /trahang HD123 100k | /trả hàng HD123 | /return 1042 100k | /trahang 0912345678 100k | /TRAHANG #HD123 100k
return: /tra hang HD123 100k | /hoàn tiền HD123 100k | /refund HD123
add: /them 0912345678 Nguyễn Văn A | /thêm Nguyễn Văn A 0912345678 | /add 0912345678 Lan
link: /gan 0912345678 M7K2QD | /gán M7K2QD 0912345678 | /gắn 0912345678 m7k2qd | /link 0912345678 M7K2QD
staff: /nv K7M29QXD | /nv k7m2-9qxd | /NV K7M2 9QXD | /staff K7M29QXD | /nhân viên K7M29QXD
leave: /thoat | /thoát | /logout
practice: /luyentap | /luyện tập 3 | /practice
skip: /bỏ qua | /boqua | /skip
leave_practice: /thoat luyện tập | /thoatluyentap | /dừng luyện tập | /leave practice
approve: /duyet 88 | /duyệt 88 | /approve 88 | /duyet #88
report: /baocao | /báo cáo tuần | /bao cao tháng | /report week | /BAOCAO hôm nay
customer_report: /baocao khách | /báo cáo khách | /top khách tháng | /sắp hết điểm | /baocaokhach
segments: /nhom | /nhóm VIP | /nhom khách | /chân dung VIP | /segments 2 | /các nhóm
reject: /tuchoi 88 | /từ chối 88 | /tu choi 88 | /reject 88
help: /trogiup | /trợ giúp | /help | /menu
"""

NOT_YET = """
/trả 0912345678
/abc | /start
"""


def listed(block: str) -> list[str]:
    return [text.strip() for line in block.splitlines() for text in line.split(" | ") if text.strip()]


def expected(block: str) -> list[tuple[str, str]]:
    lines = (line.partition(": ") for line in block.splitlines() if line.strip())
    return [(text, wanted) for wanted, _, texts in lines for text in listed(texts)]
