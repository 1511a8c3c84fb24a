condition-began = boshlangan: { $when }
condition-recording = Hozir yozib olinmoqda.
condition-sealing = Yozuv tugadi va muhrlanmoqda.
condition-seal-failed = Muhrlanmagan: { $since } dan beri barcha urinishlar muvaffaqiyatsiz. { $why }
condition-seal-by-itself = Server o‘zi yana urinadi; muhrlangach bu ogohlantirish yo‘qoladi.
condition-seal-at-start = Server keyingi ishga tushirilganda yana urinadi.
condition-seal-disk-full = Server diskida joy qolmagan.
condition-seal-disk-full-do = Serverga mas’ul shaxsga ayting: diskda joy bo‘shatilsin, lekin yozuvlardan hech narsa o‘chirilmasin.
condition-seal-disk = Server diskidagi faylni o‘qib yoki yozib bo‘lmayapti.
condition-seal-disk-do = Serverga mas’ul shaxsga ayting: diskni tekshirish kerak. Yozuvlarda hech narsani o‘zgartirmang va o‘chirmang.
condition-seal-key = Sudning muhr kaliti bilan imzolab bo‘lmayapti.
condition-seal-key-do = Serverga mas’ul shaxsga ayting: kalit yoki uning tokeni joyida, sertifikati esa amalda bo‘lishi kerak.
condition-seal-database = Serverning ma’lumotlar bazasi javob bermayapti.
condition-seal-database-do = Serverga mas’ul shaxsga ayting: ma’lumotlar bazasini tekshirish kerak.
condition-seal-files-missing = Yozuv fayllari serverda yo‘q.
condition-seal-files-missing-do = Serverga mas’ul shaxsga darhol ayting: fayllar zaxira nusxadan tiklanishi kerak, aks holda yozuv yo‘qoladi.
condition-seal-files-changed = Fayl yozilgan paytdagidek emas.
condition-seal-files-changed-do = Serverga mas’ul shaxsga darhol ayting. Hech narsani o‘zgartirmang va o‘chirmang: qaysi fayl ekani server jurnalida aytilgan.
condition-seal-other = Sababi server jurnalida aytilgan.
condition-seal-other-do = Serverga mas’ul shaxsga ayting.
condition-damaged = Shikastlangan: { $found } da bu yozuv muhrlangandagidek emasligi aniqlangan.
condition-damaged-do = Unga tayanmang, hech narsani o‘zgartirmang va o‘chirmang. Serverga mas’ul shaxsga ayting: yozuv zaxira nusxadan tiklanishi yoki ikkinchi ombordan tuzatilishi kerak. Tekshiruv uni butun deb topgach, bu ogohlantirish yo‘qoladi.
condition-well-again = { $found } da bu yozuv shikastlangan deb topilgan; { $well } dagi tekshiruvda hammasi muhrlangandagidek chiqqan. Ikkalasi ham saqlash zanjirida bor.
condition-copy-none = Ikkinchi ombor sozlanmagan: boshqa joyda nusxa yo‘q.
condition-copy-waiting = Ikkinchi omborga nusxalanishini kutmoqda.
condition-copy-kept = Ikkinchi omborga nusxalangan; u yerda oxirgi marta o‘qilib, bir xil deb topilgan: { $verified }.
condition-copy-differs = Ikkinchi ombordagi nusxa muhrlangandagidek emas va uni tuzatib bo‘lmadi.
condition-copy-differs-do = Bu yerdagi yozuvga buning daxli yo‘q. Serverga mas’ul shaxsga ayting: ikkinchi omborni tekshirish kerak. Server kuniga bir marta qayta urinadi.
condition-copy-behind = Bu yozuvning hammasi ham ikkinchi omborda emas.
condition-copy-unreachable = { $since } dan beri ikkinchi ombor bilan aloqa yo‘q.
condition-copy-unreachable-do = U javob bermaguncha nusxa olib ham, ularni tekshirib ham bo‘lmaydi. Serverga mas’ul shaxsga ayting; keyin server o‘zi davom etadi.
condition-copy-another-store = { $since } dan beri ikkinchi ombor o‘rnida boshqa ombor turibdi.
condition-copy-another-store-do = Hech narsa nusxalanmayapti. Serverga mas’ul shaxsga ayting: diski ulanmagan yoki manzili noto‘g‘ri bo‘lishi mumkin.
condition-copy-refused = { $since } dan beri ikkinchi ombor serverni rad etmoqda.
condition-copy-refused-do = Hech narsa nusxalanmayapti. Serverga mas’ul shaxsga ayting: u yerdagi ruxsatni tekshirish kerak.
condition-copy-full = { $since } dan beri ikkinchi omborda joy yo‘q.
condition-copy-full-do = Boshqa hech narsa nusxalanmayapti. Serverga mas’ul shaxsga ayting: u yerda joy bo‘shatilsin.
condition-copy-disk = { $since } dan beri ikkinchi ombordagi faylni o‘qib yoki yozib bo‘lmayapti.
condition-copy-disk-do = Serverga mas’ul shaxsga ayting: ikkinchi ombor diskini tekshirish kerak.
condition-copy-here = { $since } dan beri uning bu yerdagi faylini o‘qib bo‘lmayapti.
condition-copy-here-do = Serverga mas’ul shaxsga ayting: diskni tekshirish kerak. Yozuvlarda hech narsani o‘zgartirmang va o‘chirmang.
condition-copy-not-encrypted = { $since } dan beri u shifrlanishini kutmoqda, bungacha nusxalanmaydi.
condition-copy-not-encrypted-do = Serverga mas’ul shaxsga ayting: nega shifrlanmagani jurnalda aytilgan.
condition-copy-other = { $since } dan beri ikkinchi omborga nusxalab bo‘lmayapti.
condition-copy-other-do = Serverga mas’ul shaxsga ayting: sababi jurnalda aytilgan.
condition-encrypt-failed = Diskda shifrlanmagan: { $since } dan beri hech bir urinish muvaffaqiyatli bo‘lmadi. { $why }
condition-encrypt-key = Kalitni yaratib yoki o‘qib bo‘lmayapti.
condition-encrypt-disk-full = Server diskida joy yo‘q.
condition-encrypt-disk = Server diskidagi faylni o‘qib yoki yozib bo‘lmayapti.
condition-encrypt-files-changed = Fayl muhrlangandagidek emas.
condition-encrypt-database = Serverning ma’lumotlar bazasi javob bermayapti.
condition-encrypt-other = Sababi server jurnalida.
condition-encrypt-do = Yozuv muhrlangan va butun, ammo diskka kira olgan har kim uni o‘qiy oladi. Serverga qarovchiga xabar bering: yozuv kalitlari papkasi va diskni tekshirish kerak. Server o‘zi qayta urinadi.
alarms-recordings = { $count ->
    [one] { $count } ta yozuvga e’tibor kerak
   *[other] { $count } ta yozuvga e’tibor kerak
 }
alarms-more = { $count ->
    [one] Yana { $count } ta bor.
   *[other] Yana { $count } ta bor.
 }
alarms-store = Ikkinchi omborga e’tibor kerak
alarm-not-sealed = muhrlab bo‘lmayapti
alarm-damaged = shikastlangan
alarm-copy-differs = ikkinchi ombordagi nusxasi shikastlangan
alarm-not-encrypted = diskda shifrlanmagan
alarm-copy-behind = ikkinchi omborda yo‘q
