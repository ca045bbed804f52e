import { useLayoutEffect, useRef } from 'preact/hooks';

/** Between a field and what pops up beside it, in pixels. */
const gap = 4;

/** Shows an element over everything, a dialog around it included: below the field it is of, or above for want of room. */
export function usePopup(isOpen: boolean) {
  const field = useRef<HTMLInputElement>(null);
  const popup = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (!isOpen || field.current === null || popup.current === null) return undefined;
    return follow(field.current, popup.current);
  }, [isOpen]);
  return { field, popup };
}

/** Keeps the element at its field until the function that it returns is called. */
function follow(field: HTMLElement, popup: HTMLElement): () => void {
  const place = (): void => {
    const { left, top, bottom, width } = field.getBoundingClientRect();
    const [height, below] = [popup.offsetHeight + gap, innerHeight - bottom];
    const isAbove = below < height && top > below;
    popup.style.left = `${left}px`;
    popup.style.width = `${width}px`;
    popup.style.top = `${isAbove ? top - height : bottom + gap}px`;
  };
  popup.showPopover();
  const observer = new ResizeObserver(place);
  observer.observe(popup);
  const options = { capture: true, passive: true };
  addEventListener('scroll', place, options);
  addEventListener('resize', place);
  return () => {
    observer.disconnect();
    removeEventListener('scroll', place, options);
    removeEventListener('resize', place);
    if (popup.isConnected) popup.hidePopover();
  };
}
