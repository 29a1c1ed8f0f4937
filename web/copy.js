// Shows the copy buttons where the browser supports copying, and reports what was copied.
const report = document.querySelector('.copied');
let timer;
for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = !navigator.clipboard;
  button.addEventListener('click', async () => {
    const name = button.getAttribute('aria-label').replace('Copy ', '');
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      report.textContent = name + ' copied';
    } catch {
      report.textContent = name + ' could not be copied: select the text and copy it';
    }
    clearTimeout(timer);
    timer = setTimeout(() => report.textContent = '', 5000);
  });
}
