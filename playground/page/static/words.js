// What the page itself says; the bot's own words come from the bot.

const WORDS = {
  en: {
    title: "Vitrina, on your machine", about: "The real bot talks to a Bot API server on this machine. Nothing leaves it.",
    private: "writes in English", group: "group", both: "Anna and Emma", bot: "bot", starting: "the bot is starting…", write: "Message", attach: "Attach files",
    send: "Send", menu: "Commands", samples: "Sample photos", back: "Chats", more: "More", remove: "Remove", asFiles: "as files",
    drop: "Drop photos here", hello: "Send a photo", helloMore: "Take one of the samples, drop your own here, or paste one. /start says hello.",
    copied: "Copied", json: "Raw JSON", today: "Today", edited: "edited", you: "You", photo: "Photo", file: "File", reply: "Reply",
    change: "Edit", forward: "Forward", forwardTo: "Forward to", forwarded: "Forwarded from", deleted: "The message is gone.",
    typing: "is typing", upload_photo: "is sending a photo", upload_document: "is sending a file",
    tools: "This chat", theme: "Look", auto: "as the system", light: "light", dark: "dark", block: "Block the bot", unblock: "Unblock the bot",
    calls: "times", method: "method, such as sendPhoto; empty is any", waiting: "Still to come",
    faults: "Let something go wrong", 429: "429: too many requests", 502: "502 from Telegram", slow: "a slow answer", cut: "a connection cut off",
    twice: "the same update twice", none: "nothing more", asked: "It comes with the next calls.", writeAs: "Write as", key: "Key", server: "Server", model: "Model", useKey: "Write captions with it",
    keyWhy: "Captions come from a demo writer. With a key of OpenAI or a compatible server a model writes them, for this run only.", keyTaken: "The bot starts anew with the key.", gone: "The connection is gone; it is tried again.", goBack: "Back", close: "Close", closeApp: "Close the page? What you changed is not sent yet.", ok: "OK",
  },
  ru: {
    title: "Vitrina на вашем компьютере", about: "Настоящий бот говорит с сервером Bot API на этом компьютере. Наружу ничего не уходит.",
    private: "пишет по-русски", group: "группа", both: "Анна и Emma", bot: "бот", starting: "бот запускается…", write: "Сообщение", attach: "Прикрепить файлы",
    send: "Отправить", menu: "Команды", samples: "Примеры фотографий", back: "Чаты", more: "Ещё", remove: "Убрать", asFiles: "файлами",
    drop: "Перетащите фотографии сюда", hello: "Отправьте фотографию", helloMore: "Возьмите пример, перетащите свою или вставьте из буфера. /start поздоровается.",
    copied: "Скопировано", json: "JSON сообщения", today: "Сегодня", edited: "изменено", you: "Вы", photo: "Фотография", file: "Файл", reply: "Ответить",
    change: "Изменить", forward: "Переслать", forwardTo: "Переслать в чат", forwarded: "Переслано от", deleted: "Сообщения больше нет.",
    typing: "печатает", upload_photo: "отправляет фотографию", upload_document: "отправляет файл",
    tools: "Этот чат", theme: "Вид", auto: "как в системе", light: "светлый", dark: "тёмный", block: "Заблокировать бота", unblock: "Разблокировать бота",
    calls: "сколько раз", method: "метод, например sendPhoto; пусто — любой", waiting: "Ещё случится",
    faults: "Устроить сбой", 429: "429: слишком часто", 502: "502 от Telegram", slow: "медленный ответ", cut: "обрыв связи",
    twice: "одно обновление дважды", none: "больше ничего", asked: "Случится при следующих запросах.", writeAs: "Писать от имени", key: "Ключ", server: "Сервер", model: "Модель", useKey: "Писать подписи с ним",
    keyWhy: "Подписи составляет демонстрационная программа. С ключом OpenAI или совместимого сервера их пишет модель — только до остановки.", keyTaken: "Бот перезапускается с ключом.", gone: "Связь пропала, пробую снова.", goBack: "Назад", close: "Закрыть", closeApp: "Закрыть страницу? Изменения ещё не отправлены.", ok: "Понятно",
  },
};

export const t = (language, name) => WORDS[language === "ru" ? "ru" : "en"][name] ?? name;
