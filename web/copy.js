// Shows the copy buttons where copying works, and says what was copied.
const said = document.querySelector('.copied');
let timer;
for (const button of document.querySelectorAll('[data-copy]')) {
  button.hidden = !navigator.clipboard;
  button.addEventListener('click', async () => {
    const name = button.getAttribute('aria-label').replace('Copy ', '');
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      said.textContent = name + ' copied';
    } catch {
      said.textContent = name + ' could not be copied: select it';
    }
    clearTimeout(timer);
    timer = setTimeout(() => said.textContent = '', 5000);
  });
}
