"""What routes share: who asks, the transaction of a request, answers, errors, paging, live events."""
