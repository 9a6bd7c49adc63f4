// A form that was kept while somebody showed who they are goes on by itself.

document.querySelector("form[data-send-held]:has(button:not([disabled]))")?.requestSubmit();
